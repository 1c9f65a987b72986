import type { Bench } from './bench.ts'
import { idleProof } from './idle-proof/bench.ts'
import { lostItems } from './lost-items/bench.ts'
import { stateService } from './state-service/bench.ts'
import { startUp } from './start-up/bench.ts'
import { durableLoad } from './durable-load/bench.ts'
import { swapFaults } from './swap-faults/bench.ts'

/** Every bench by the name it is called by. */
export const benches: ReadonlyMap<string, Bench> = new Map([
  ['idle-proof', idleProof],
  ['swap-faults', swapFaults],
  ['start-up', startUp],
  ['lost-items', lostItems],
  ['durable-load', durableLoad],
  ['state-service', stateService],
])
