package io.torii.engine.operation;

import io.torii.engine.result.ResultSource;

/** What an operation does, in a thread that is set up for it. */
public interface OperationBody {
  ResultSource run() throws Exception;
}
