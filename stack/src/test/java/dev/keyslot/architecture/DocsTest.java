package dev.keyslot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the documents point at exists; each rule is seen to catch a planted offence. */
class DocsTest {

  private static final Path ROOT = SourceFile.root();
  private static final List<SourceFile> TREE = SourceFile.tree();
  private static final Map<String, List<SourceFile>> DECLARATIONS = DocRules.declarations(TREE);

  @Test
  void relativeLinksResolve() throws IOException {
    List<String> broken = new ArrayList<>();
    for (SourceFile doc : TREE) {
      if (doc.path().endsWith(".md")) {
        broken.addAll(DocRules.brokenLinks(doc, ROOT));
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void classNamesInDocumentsExist() {
    assertThat(
            TREE.stream()
                .filter(f -> f.path().endsWith(".md"))
                .flatMap(f -> DocRules.unknownTypes(f, DECLARATIONS).stream()))
        .isEmpty();
  }

  @Test
  void aLinkToNowhereIsCaught() throws IOException {
    SourceFile doc =
        new SourceFile(
            "docs/planted.md",
            """
            # A heading, here

            [up](../pom.xml) [here](#a-heading-here) [out](https://example.org/x)
            [gone](gone.md) [no anchor](#another)
            """);
    assertThat(DocRules.brokenLinks(doc, ROOT))
        .containsExactly(
            "docs/planted.md:4: link leads nowhere: gone.md",
            "docs/planted.md:4: link leads nowhere: #another");
  }

  @Test
  void aClassThatDoesNotExistIsCaught() {
    SourceFile doc =
        new SourceFile(
            "docs/planted.md",
            """
            `BitField`, `base.BitField`, `BitField.insert`, `ExportRequest.Kind`, `TDBR`, `AES-256`
            `NoSuchType` `link.BitField` `BitField.gone()`
            """);
    assertThat(DocRules.unknownTypes(doc, DECLARATIONS))
        .containsExactly(
            "docs/planted.md:2: no such type: `NoSuchType`",
            "docs/planted.md:2: no such type: `link.BitField`",
            "docs/planted.md:2: no such type: `BitField.gone()`");
  }
}
