import { readAppAndSlot, readSlot } from '../../agent/app-inputs.ts'
import { readLock } from '../../agent/lock-inputs.ts'
import type { Inputs, InputSource } from '../../agent/read-inputs.ts'
import { readInputs } from '../../agent/read-inputs.ts'
import type { DrainWanted } from '../wanted.ts'
import { actions } from '../wanted.ts'

const path = {
  pattern: /^\/(?!\/)[^\s#?\\]*$/,
  rule: "a path that begins with '/', without blanks and without a query",
}

/** @throws Refusal that lists every problem of every input. */
export function readDrainInputs(source: InputSource): DrainWanted {
  return readInputs(source, (inputs) => {
    const appModeKey = inputs.secret('appModeKey')
    return {
      ...readAppAndSlot(inputs),
      action: inputs.oneOf('action', actions, 'fence'),
      targetSlot: readSlot(inputs, 'targetSlot', 'production'),
      includeHttp: inputs.boolean('includeHttp', false),
      quietMs: 1000 * inputs.wholeNumber('quietPeriodInSeconds', { min: 0, max: 3600, fallback: 30 }),
      appModePath: readPath(inputs),
      ...(appModeKey === undefined ? {} : { appModeKey }),
      holdSeconds: 60 * inputs.wholeNumber('holdInMinutes', { min: 1, max: 1440, fallback: 60 }),
      timeoutMs: 60_000 * inputs.wholeNumber('timeoutInMinutes', { min: 1, max: 1440, fallback: 30 }),
      pollMs: 1000 * inputs.wholeNumber('pollIntervalInSeconds', { min: 1, max: 300, fallback: 5 }),
      lock: readLock(inputs, { release: false }),
      dryRun: inputs.boolean('dryRun', false),
    }
  })
}

/** A key in the query would be printed with the path. */
function readPath(inputs: Inputs): string {
  return inputs.textOr('appModePath', '/api/app-mode', path)
}
