import type { Line } from '../lines.ts'
import { ended } from './ended.ts'
import { entities } from './entities.ts'
import { hubs } from './hubs.ts'
import { messages } from './messages.ts'
import { running } from './running.ts'
import type { Situation } from './situation.ts'

export const situations: readonly Situation[] = [...hubs, ...ended, ...running, ...messages, ...entities]

/** Those that a line of the framework can be brought into. */
export function situationsOf(line: Line): readonly Situation[] {
  return situations.filter(({ lines }) => lines === undefined || lines.includes(line))
}
