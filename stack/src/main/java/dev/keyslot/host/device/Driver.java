package dev.keyslot.host.device;

/**
 * What a device needs from its driver: taking it into service and taking it out again.
 *
 * <p>One driver object may serve many devices, one after the other: what belongs to a device is
 * kept in its {@link Device#driverData}. Called by the thread that binds or unbinds.
 */
public interface Driver {

  /** Short name for logs and traces, such as {@code sdhci-pci}. */
  String name();

  /**
   * Takes the device into service.
   *
   * <p>After a failure the driver has undone what it did by hand; what it registered with the
   * device is released afterwards by the device.
   */
  void probe(Device device) throws ProbeException;

  /** Takes the device out of service; managed resources are released after it returned. */
  void remove(Device device);
}
