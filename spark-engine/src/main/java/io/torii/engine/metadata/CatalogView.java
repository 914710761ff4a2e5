package io.torii.engine.metadata;

import java.util.List;

/** What the metadata calls need of one catalog. Answers are in the order of their names. */
interface CatalogView {

  String name();

  List<Namespace> namespaces(NamePattern pattern) throws Exception;

  List<TableEntry> tables(Namespace namespace, NamePattern pattern) throws Exception;

  /** @param allNamespaces whether every namespace is being asked, so that what belongs to none need be told but once */
  List<FunctionEntry> functions(Namespace namespace, NamePattern pattern, boolean allNamespaces) throws Exception;
}
