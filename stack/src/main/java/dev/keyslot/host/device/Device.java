package dev.keyslot.host.device;

import dev.keyslot.base.Checks;
import dev.keyslot.host.device.ProbeException.Reason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * A device: its wires, the driver bound to it, and what that driver acquired through it.
 *
 * <p>Managed resources are released strictly in reverse order of their registration: after a failed
 * probe, once the driver's own unwinding returned, and at unbind, once its remove returned. Each
 * release runs once, on the releasing thread; a failing one is reported and the rest go on. A
 * resource may name the owner of the memory it touches: the owner must have been registered before
 * it, and cannot be released while it lives. Bound and unbound by one thread at a time.
 */
public final class Device {

  private static final Logger LOG = System.getLogger(Device.class.getName());

  /** A driver acquires a dozen or two; more is a leak. */
  public static final int RESOURCES_MAX = 256;

  private enum State {
    UNBOUND,
    PROBING,
    BOUND,
    RELEASING
  }

  /** One managed resource; hands out identity so that later ones can depend on it. */
  public static final class Resource {
    private final String what;
    private final Resource owner;
    private final Runnable release;

    private Resource(String what, Resource owner, Runnable release) {
      this.what = what;
      this.owner = owner;
      this.release = release;
    }

    @Override
    public String toString() {
      return what;
    }
  }

  private final String name;
  private final DeviceWires wires;
  private final HardwareWait wait;
  private final LifecycleTrace trace;
  private final ResourceGrant grant;

  /** Oldest first. */
  private final List<Resource> resources = new ArrayList<>();

  /** Failures of the last release round. */
  private final List<String> releaseFailures = new ArrayList<>();

  private State state = State.UNBOUND;
  private Driver driver;
  private Object driverData;

  public Device(
      String name,
      DeviceWires wires,
      HardwareWait wait,
      LifecycleTrace trace,
      ResourceGrant grant) {
    this.name = name;
    this.wires = wires;
    this.wait = wait;
    this.trace = trace;
    this.grant = grant;
  }

  public String name() {
    return name;
  }

  public DeviceWires wires() {
    return wires;
  }

  /** How drivers of this device wait for it. */
  public HardwareWait hardwareWait() {
    return wait;
  }

  public LifecycleTrace trace() {
    return trace;
  }

  public boolean bound() {
    return state == State.BOUND;
  }

  /**
   * Lets {@code newDriver} probe the device.
   *
   * @throws ProbeException if the probe failed; everything is released then and binding again, to
   *     this or another driver, starts from nothing
   */
  public void bind(Driver newDriver) throws ProbeException {
    Checks.that(state == State.UNBOUND, "device must be unbound: device=%s state=%s", name, state);
    state = State.PROBING;
    driver = newDriver;
    releaseFailures.clear();
    trace.emit(LifecycleStep.PROBE_ENTER, name);
    boolean probed = false;
    try {
      newDriver.probe(this);
      probed = true;
      state = State.BOUND;
      trace.emit(LifecycleStep.PROBE_LEAVE, name);
    } finally {
      if (!probed) {
        trace.emit(LifecycleStep.PROBE_FAILED, name);
        releaseAll();
      }
    }
  }

  /**
   * Takes the device from its driver and releases everything.
   *
   * @return what failed to be released, one line each; empty when all is well
   */
  public List<String> unbind() {
    Checks.that(state == State.BOUND, "device must be bound: device=%s state=%s", name, state);
    releaseFailures.clear();
    trace.emit(LifecycleStep.REMOVE_ENTER, name);
    try {
      driver.remove(this);
      trace.emit(LifecycleStep.REMOVE_LEAVE, name);
    } catch (RuntimeException failure) {
      reportFailure("remove of driver " + driver.name(), failure);
    }
    releaseAll();
    return List.copyOf(releaseFailures);
  }

  /** What failed in the last round of releases. */
  public List<String> releaseFailures() {
    return List.copyOf(releaseFailures);
  }

  /** Resources registered now. */
  public int resourceCount() {
    return resources.size();
  }

  /**
   * Asks for a resource that needs no release.
   *
   * @throws ProbeException NO_MEMORY if it is not granted
   */
  public void acquire(String what) throws ProbeException {
    if (!grant.grant(what)) {
      throw new ProbeException(
          Reason.NO_MEMORY, "device could not acquire: device=" + name + " resource=" + what);
    }
  }

  /**
   * Registers {@code release}; it is not run if that fails.
   *
   * @param owner holds the memory that the release touches, or null
   * @throws ProbeException NO_MEMORY if the record is not granted
   */
  public Resource manage(String what, Resource owner, Runnable release) throws ProbeException {
    Checks.that(
        state == State.PROBING || state == State.BOUND,
        "resources are managed between probe and remove: device=%s resource=%s state=%s",
        name,
        what,
        state);
    Checks.that(
        owner == null || resources.contains(owner),
        "owner must be managed before what depends on it: resource=%s owner=%s",
        what,
        owner);
    Checks.that(
        resources.size() < RESOURCES_MAX,
        "a device manages at most %d resources: device=%s",
        RESOURCES_MAX,
        name);
    acquire(what);
    Resource resource = new Resource(what, owner, release);
    resources.add(resource);
    return resource;
  }

  /** Like {@link #manage}, but runs {@code release} at once if registering it fails. */
  public Resource manageOrReset(String what, Resource owner, Runnable release)
      throws ProbeException {
    try {
      return manage(what, owner, release);
    } catch (ProbeException | RuntimeException failure) {
      release.run();
      throw failure;
    }
  }

  /**
   * Releases one resource before its time.
   *
   * @throws IllegalStateException if something registered later touches its memory
   */
  public void releaseEarly(Resource resource) {
    Checks.that(resources.contains(resource), "resource must be managed: %s of %s", resource, name);
    for (Resource other : resources) {
      Checks.that(
          other.owner != resource,
          "owner must not be released before what depends on it: owner=%s dependent=%s",
          resource,
          other);
    }
    resources.remove(resource);
    resource.release.run();
  }

  /** What the bound driver keeps for this device. */
  public <T> T driverData(Class<T> type) {
    return type.cast(driverData);
  }

  public void setDriverData(Object data) {
    driverData = data;
  }

  private void releaseAll() {
    state = State.RELEASING;
    while (!resources.isEmpty()) {
      Resource last = resources.removeLast();
      try {
        last.release.run();
      } catch (RuntimeException failure) {
        reportFailure("release of " + last, failure);
      }
    }
    driverData = null;
    driver = null;
    state = State.UNBOUND;
    trace.emit(LifecycleStep.RELEASED, name);
  }

  private void reportFailure(String what, RuntimeException failure) {
    String line = what + " failed: device=" + name + ": " + failure.getMessage();
    releaseFailures.add(line);
    trace.emit(LifecycleStep.RELEASE_FAILED, name);
    LOG.log(Level.WARNING, line);
    LOG.log(Level.DEBUG, "where it failed", failure);
  }
}
