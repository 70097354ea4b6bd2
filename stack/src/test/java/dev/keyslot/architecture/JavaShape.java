package dev.keyslot.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** What the compiler's parser sees in one Java file: its types and its methods. */
record JavaShape(List<Type> types, List<Method> methods) {

  /**
   * A type declaration.
   *
   * @param comment its documentation comment, null if it has none
   */
  record Type(String name, int line, boolean topLevel, Set<Modifier> modifiers, String comment) {}

  /**
   * A method or constructor with a body.
   *
   * @param parameters 0 for a record's constructor: its components are fields, not arguments
   */
  record Method(String name, int line, int lines, int parameters) {}

  /** Two rules ask for the same file, and starting a parser takes longer than parsing. */
  private static final Map<SourceFile, JavaShape> PARSED = new ConcurrentHashMap<>();

  /** Parses without resolving anything. */
  static JavaShape of(SourceFile file) {
    return PARSED.computeIfAbsent(file, JavaShape::parse);
  }

  private static JavaShape parse(SourceFile file) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavacTask task =
        (JavacTask)
            compiler.getTask(
                null, null, diagnostic -> {}, List.of("-proc:none"), null, List.of(input(file)));
    try {
      Reader reader = new Reader(Trees.instance(task));
      for (CompilationUnitTree unit : task.parse()) {
        reader.scan(unit, null);
      }
      return new JavaShape(reader.types, reader.methods);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JavaFileObject input(SourceFile file) {
    return new SimpleJavaFileObject(
        URI.create("string:///" + file.path()), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return file.text();
      }
    };
  }

  /** Collects declarations in the order of the file. */
  private static final class Reader extends TreePathScanner<Void, Void> {
    private final Trees trees;
    private final List<Type> types = new ArrayList<>();
    private final List<Method> methods = new ArrayList<>();

    Reader(Trees trees) {
      this.trees = trees;
    }

    @Override
    public Void visitClass(ClassTree tree, Void unused) {
      if (!tree.getSimpleName().isEmpty()) {
        types.add(
            new Type(
                tree.getSimpleName().toString(),
                lineAt(start(tree)),
                getCurrentPath().getParentPath().getLeaf() instanceof CompilationUnitTree,
                tree.getModifiers().getFlags(),
                trees.getDocComment(getCurrentPath())));
      }
      return super.visitClass(tree, null);
    }

    @Override
    public Void visitMethod(MethodTree tree, Void unused) {
      if (tree.getBody() != null && start(tree) >= 0) {
        int first = lineAt(start(tree));
        methods.add(
            new Method(
                tree.getName().toString(),
                first,
                lineAt(end(tree)) - first + 1,
                isRecordConstructor(tree) ? 0 : tree.getParameters().size()));
      }
      return super.visitMethod(tree, null);
    }

    private boolean isRecordConstructor(MethodTree tree) {
      return tree.getReturnType() == null
          && getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD;
    }

    private long start(Tree tree) {
      return trees.getSourcePositions().getStartPosition(unit(), tree);
    }

    private long end(Tree tree) {
      return trees.getSourcePositions().getEndPosition(unit(), tree);
    }

    private int lineAt(long position) {
      return (int) unit().getLineMap().getLineNumber(position);
    }

    private CompilationUnitTree unit() {
      return getCurrentPath().getCompilationUnit();
    }
  }
}
