import { AzureFailure, saying } from '../../failures.ts'
import type { Errand } from '../http/answer.ts'
import { failureOf, unreadable } from '../http/answer.ts'
import type { ArmClient } from './client.ts'
import { isOf } from './client.ts'

export type ArmWrite = {
  readonly url: string
  readonly body: unknown
  readonly errand: Errand
  /** Undefined where the answer is not the document that was written. */
  readonly reads: (json: unknown) => unknown
}

/**
 * One PUT that replaces a document, never repeated. Throws `AzureFailure`, with `mayHaveHappened` unless Azure said by its
 * status that nothing was done.
 */
export async function writeOnce(
  arm: ArmClient,
  { url, body, errand, reads }: ArmWrite,
  signal: AbortSignal,
): Promise<void> {
  let answer
  try {
    answer = await arm.once({ method: 'PUT', url, body, errand }, signal)
  } catch (error) {
    throw error instanceof AzureFailure && isOf(error, errand) ? maybeDone(error) : error
  }
  if (answer.status < 200 || answer.status > 299) {
    const failure = failureOf(answer, errand)
    throw answer.status < 400 || answer.status >= 500 || answer.status === 408 ? maybeDone(failure) : failure
  }
  if (answer.body.kind !== 'json' || reads(answer.body.value) === undefined) {
    throw maybeDone(unreadable(errand, 'not the settings that were written', answer))
  }
}

function maybeDone(failure: AzureFailure): AzureFailure {
  return saying(failure, failure.message, { mayHaveHappened: true })
}
