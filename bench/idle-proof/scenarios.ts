import { pick } from './server/random.ts'
import type { KeyShape } from './server/keys.ts'
import type { Client } from './bundle.ts'
import type { Run } from './run-client.ts'

/** One run beside what it should have said. */
export type Checked = Run & {
  readonly scenario: Scenario
  readonly shape: KeyShape
  readonly rows: number
  readonly inFlight: number
  readonly expected: 'idle' | 'busy'
}

export type Scenario = 'idle' | 'busyRow' | 'polls' | 'throttled' | 'verdict'

/** What is done to one hub: which rows are in flight, who looks, how often. */
export type Step = {
  readonly scenario: Scenario
  readonly inFlight: readonly number[]
  readonly clients: readonly { readonly client: Client; readonly times: number; readonly polls?: number }[]
  readonly throttle?: { readonly requestsPerSecond: number; readonly status: 503 | 429 }
}

export type HubPlan = { readonly shape: KeyShape; readonly rows: number; readonly steps: readonly Step[] }

export const polls = 60
const ours = (times: number) => ({ client: 'ours', times }) as const
const once = (client: Client) => ({ client, times: 1 }) as const

/** What is measured. `quick`: what a minute has room for. */
export function planOf(quick: boolean): readonly HubPlan[] {
  const shapes: readonly KeyShape[] = ['uniform', 'serial', 'children']
  const sizes = quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]
  return sizes.flatMap((rows) =>
    shapes.map((shape) => {
      const idle = {
        scenario: 'idle',
        inFlight: [],
        clients: [once('listing'), ...(quick ? [] : [once('filtered')]), ours(quick && rows < 100_000 ? 1 : 3)],
      } as const
      return { shape, rows, steps: [idle, ...moreSteps(shape, rows, quick)] }
    }),
  )
}

function moreSteps(shape: KeyShape, rows: number, quick: boolean): readonly Step[] {
  if (rows === 100_000 && shape === 'uniform' && !quick) return [...verdicts(rows, quick), ...throttled]
  if (rows < 1_000_000 || shape !== 'uniform') return verdicts(rows, quick)
  const busyRows: readonly Step[] = [1, 2, 3, 4, 5].map((seed) => ({
    scenario: 'busyRow',
    inFlight: pick(1, rows, seed),
    clients: [once('listing'), ours(1)],
  }))
  const waiting: Step = {
    scenario: 'polls',
    inFlight: pick(100, rows, 6),
    clients: [{ client: 'polls', times: 1, polls }],
  }
  return [...busyRows, waiting, ...verdicts(rows, quick)]
}

/** The rows that a scan would lose first if it lost any: the ends, and any between. */
function verdicts(rows: number, quick: boolean): readonly Step[] {
  const places = [[0], [rows - 1], pick(1, rows, 21), pick(1, rows, 22), pick(100, rows, 23)]
  return (quick ? places.slice(1, 2) : places).map((inFlight) => ({
    scenario: 'verdict',
    inFlight,
    clients: [ours(1)],
  }))
}

const throttled: readonly Step[] = ([503, 429] as const).map((status) => ({
  scenario: 'throttled',
  inFlight: [],
  clients: [ours(1)],
  throttle: { requestsPerSecond: 25, status },
}))
