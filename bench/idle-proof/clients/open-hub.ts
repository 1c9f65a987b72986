import { systemClock } from '../../../core/azure/clock.ts'
import { openTaskHubs } from '../../../core/azure/storage/task-hubs.ts'
import { isReadable, referenceFromConnectionString } from '../../../core/function-app/storage-reference.ts'
import type { LookAtHub } from '../../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { parseHubName } from '../../../core/task-hub/name.ts'
import type { Job } from './report.ts'

/** A look as the tasks make it: rows and queues. */
export function lookOf({ connectionString, hub }: Job): LookAtHub {
  const reference = referenceFromConnectionString(connectionString)
  const name = parseHubName(hub)
  if (!isReadable(reference) || name === undefined) throw new Error('The job is not understood.')
  const taskHubs = openTaskHubs(reference, {
    transport: { userAgent: 'bench', proxyFor: () => undefined },
    onSecret: () => undefined,
    clock: systemClock,
  })
  return (signal, ask) => taskHubs.look(name, strictPolicy, signal, ask)
}
