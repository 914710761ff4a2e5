import type { Caller } from './credentials.ts';
import type { ServiceName } from './service-model.ts';

/** One operation: its input has passed the model. Throws AwsError to refuse. */
export type Handler = (
  input: Readonly<Record<string, unknown>>,
  caller: Caller,
) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;

/** One service that the stand-in plays. */
export interface AwsService {
  readonly name: ServiceName;
  readonly handlers: Readonly<Record<string, Handler>>;
}
