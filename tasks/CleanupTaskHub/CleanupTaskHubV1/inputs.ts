import { readAppAndSlot, readHubs, readPolicy } from '../../agent/app-inputs.ts'
import { readLock } from '../../agent/lock-inputs.ts'
import type { InputSource } from '../../agent/read-inputs.ts'
import { readInputs } from '../../agent/read-inputs.ts'
import { readStateService } from '../../agent/state-service-inputs.ts'
import type { CleanupWanted } from '../wanted.ts'

const hourMs = 3_600_000

/** @throws Refusal that lists every problem of every input. */
export function readCleanupInputs(source: InputSource): CleanupWanted {
  return readInputs(source, (inputs) => {
    const stateService = readStateService(inputs)
    return {
      ...readAppAndSlot(inputs),
      taskHubs: readHubs(inputs, 'taskHubName'),
      keepLast: inputs.wholeNumber('keepLast', { min: 0, max: 1000, fallback: 0 }),
      minimumAgeMs: hourMs * inputs.wholeNumber('minimumAgeInHours', { min: 0, max: 87_600, fallback: 0 }),
      policy: readPolicy(inputs),
      lock: readLock(inputs, { release: false }),
      ...(stateService === undefined ? {} : { stateService }),
      dryRun: inputs.boolean('dryRun', false),
    }
  })
}
