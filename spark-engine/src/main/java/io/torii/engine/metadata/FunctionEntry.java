package io.torii.engine.metadata;

/** One function as a catalog lists it. */
final class FunctionEntry {

  final String name;
  final String remarks;
  final String className;

  FunctionEntry(String name, String remarks, String className) {
    this.name = name;
    this.remarks = remarks;
    this.className = className;
  }
}
