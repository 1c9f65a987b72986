import type { Bench } from './bench.ts'
import { idleProof } from './idle-proof/bench.ts'

/** Every bench by the name it is called by. */
export const benches: ReadonlyMap<string, Bench> = new Map([['idle-proof', idleProof]])
