import { nameOf } from '../aws/service-errors.ts';
import { isEnding } from './run-view.ts';
import type { ServerlessApi } from './serverless-api.ts';

/** One that has ended or is about to, or that EMR does not know, needs no cancelling: EMR refuses it then. */
export async function cancelRun(
  api: Pick<ServerlessApi, 'cancel' | 'run'>,
  applicationId: string,
  jobRunId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await api.cancel(applicationId, jobRunId, signal);
  } catch (thrown) {
    if (nameOf(thrown) === 'ResourceNotFoundException') return;
    if (!/^(?:Validation|Conflict)Exception$/.test(nameOf(thrown))) throw thrown;
    const run = await api.run(applicationId, jobRunId, signal);
    if (run !== undefined && !isEnding(run.state ?? '')) throw thrown;
  }
}
