package io.torii.engine.metadata;

import io.torii.engine.spark.ScalaSeqs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.CatalogTableType;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * The session's own catalog: the metastore's databases, tables and views, the global temporary views in their database,
 * and the session's temporary views in a schema without a name.
 */
final class SessionCatalogView implements CatalogView {

  private final SparkSession session;
  private final SessionCatalog catalog;
  private final String globalTemp;

  SessionCatalogView(SparkSession session) {
    this.session = session;
    catalog = session.sessionState().catalog();
    globalTemp = session.conf().get("spark.sql.globalTempDatabase").toLowerCase(Locale.ROOT);
  }

  @Override
  public String name() {
    return Catalogs.SESSION_CATALOG;
  }

  @Override
  public List<Namespace> namespaces(NamePattern pattern) throws Exception {
    List<String> names = ScalaSeqs.list(ScalaSeqs.call(catalog, "listDatabases"));
    Collections.sort(names);
    names.remove(globalTemp);
    names.add(globalTemp); // last: no database, though it is addressed like one
    List<Namespace> matching = new ArrayList<>();
    for (String name : names) {
      if (pattern.matches(name)) matching.add(new Namespace(name));
    }
    return matching;
  }

  @Override
  public List<TableEntry> tables(Namespace namespace, NamePattern pattern) throws Exception {
    List<TableIdentifier> ids = matching(ScalaSeqs.call(catalog, "listTables", namespace.name, "*", false), pattern);
    return entries(namespace.name.equals(globalTemp) ? temporary(ids) : permanent(ids));
  }

  /** The session's temporary views, which belong to no namespace. */
  List<TableEntry> temporaryViews(NamePattern pattern) throws Exception {
    return entries(temporary(matching(ScalaSeqs.call(catalog, "listLocalTempViews", "*"), pattern)));
  }

  @Override
  public List<FunctionEntry> functions(Namespace namespace, NamePattern pattern, boolean allNamespaces)
      throws Exception {
    boolean builtIns = !allNamespaces || namespace.name.equals(catalog.getCurrentDatabase());
    List<FunctionEntry> entries = new ArrayList<>();
    if (namespace.name.equals(globalTemp)) return entries;
    List<Tuple2<FunctionIdentifier, String>> listed =
        ScalaSeqs.list(ScalaSeqs.call(catalog, "listFunctions", namespace.name, "*"));
    for (Tuple2<FunctionIdentifier, String> function : listed) {
      FunctionIdentifier id = function._1();
      if (!pattern.matches(id.funcName()) || (!builtIns && id.database().isEmpty())) continue;
      MetadataLog.skipping("function " + id.funcName(), () -> entries.add(entry(id)));
    }
    entries.sort(Comparator.comparing(entry -> entry.name));
    return entries;
  }

  private FunctionEntry entry(FunctionIdentifier id) throws Exception {
    ExpressionInfo info = catalog.lookupFunctionInfo(id);
    String remarks = "Usage: " + info.getUsage() + "\nExtended Usage:" + info.getExtended();
    return new FunctionEntry(id.funcName(), remarks, info.getClassName());
  }

  private static List<TableIdentifier> matching(Object listed, NamePattern pattern) {
    List<TableIdentifier> ids = ScalaSeqs.list(listed);
    ids.removeIf(id -> !pattern.matches(id.table()));
    return ids;
  }

  private List<TableEntry> entries(List<CatalogTable> tables) {
    List<TableEntry> entries = new ArrayList<>();
    for (CatalogTable table : tables) entries.add(entry(table));
    entries.sort(Comparator.comparing(entry -> entry.name));
    return entries;
  }

  /** All at once, which is one call to the metastore; when one of them can't be read, each by itself. */
  private List<CatalogTable> permanent(List<TableIdentifier> ids) throws Exception {
    try {
      return byName(ids);
    } catch (Exception e) {
      MetadataLog.survived("a schema's tables in one call", e);
    }
    List<CatalogTable> tables = new ArrayList<>();
    for (TableIdentifier id : ids) {
      MetadataLog.skipping("table " + id.table(), () -> tables.addAll(byName(Collections.singletonList(id))));
    }
    return tables;
  }

  /** Unlike the look-up of one table, this one keeps CHAR and VARCHAR as they were declared. */
  private List<CatalogTable> byName(List<TableIdentifier> ids) throws Exception {
    return ids.isEmpty()
        ? new ArrayList<>()
        : ScalaSeqs.list(ScalaSeqs.call(catalog, "getTablesByName", ScalaSeqs.seq(ids)));
  }

  private List<CatalogTable> temporary(List<TableIdentifier> ids) throws Exception {
    List<CatalogTable> views = new ArrayList<>();
    for (TableIdentifier id : ids) {
      MetadataLog.skipping("view " + id.table(), () -> views.add(catalog.getTempViewOrPermanentTableMetadata(id)));
    }
    return views;
  }

  private TableEntry entry(CatalogTable table) {
    String type = table.tableType().equals(CatalogTableType.VIEW()) ? TableEntry.VIEW : TableEntry.TABLE;
    String remarks = table.comment().isDefined() ? table.comment().get() : "";
    return new TableEntry(table.identifier().table(), type, remarks, () -> columnsOf(table, type));
  }

  /** Some formats keep their columns beside the metastore's, where only their own catalog finds them. */
  private StructType columnsOf(CatalogTable table, String type) throws Exception {
    if (!table.schema().isEmpty() || type.equals(TableEntry.VIEW)) return table.schema();
    TableCatalog tables = (TableCatalog) session.sessionState().catalogManager().catalog(name());
    String[] namespace = {table.identifier().database().get()};
    return PluginCatalogView.schemaOf(tables, Identifier.of(namespace, table.identifier().table()));
  }
}
