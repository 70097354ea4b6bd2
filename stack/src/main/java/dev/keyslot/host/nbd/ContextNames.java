package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.ExportRequest.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Finds the meta contexts that a client's queries mean. */
final class ContextNames {

  private ContextNames() {}

  /**
   * The contexts of {@code export} that {@code queries} name; what is not known here is passed
   * over.
   *
   * @param wildcards whether no query means all, and a bare namespace means all of it, as in
   *     LIST_META_CONTEXT
   */
  static Set<MetaContext> match(Export export, List<String> queries, boolean wildcards) {
    Set<MetaContext> found = EnumSet.noneOf(MetaContext.class);
    if (!export.supports(Kind.BLOCK_STATUS)) {
      return found;
    }
    for (MetaContext context : MetaContext.values()) {
      boolean named = queries.contains(context.wireName());
      boolean meant = wildcards && (queries.isEmpty() || queries.contains(context.namespace()));
      if ((named || meant) && context.offeredBy(export)) {
        found.add(context);
      }
    }
    return found;
  }
}
