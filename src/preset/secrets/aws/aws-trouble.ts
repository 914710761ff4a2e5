import { SecretError } from '../secret-source.ts';
import type { SecretTrouble } from '../secret-source.ts';

const troubles: Readonly<Record<string, SecretTrouble>> = {
  ResourceNotFoundException: 'not-found',
  ParameterNotFound: 'not-found',
  ParameterVersionNotFound: 'not-found',
  AccessDeniedException: 'denied',
  AccessDenied: 'denied',
  UnrecognizedClientException: 'denied',
  InvalidSignatureException: 'denied',
  ExpiredTokenException: 'denied',
  CredentialsProviderError: 'denied',
  DecryptionFailure: 'denied',
  InvalidKeyId: 'denied',
  InvalidRequestException: 'unusable',
  InvalidParameterException: 'unusable',
  ValidationException: 'unusable',
};

/** What AWS answered, by the name of its exception: its messages don't hold values. */
export function awsTrouble(service: string, cause: unknown): SecretError {
  if (cause instanceof SecretError) return cause;
  const { name, message } =
    cause instanceof Error ? cause : { name: 'Error', message: String(cause) };
  return new SecretError(troubles[name] ?? 'unavailable', `${service}: ${name}: ${message}`, {
    cause,
  });
}
