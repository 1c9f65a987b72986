import type { Measured } from '../bench.ts'
import { median } from '../idle-proof/figures.ts'
import { meanLag } from './bars.ts'
import type { Judged } from './judge.ts'
import type { Lag } from './lag.ts'
import { clients, type Client } from './world.ts'

const names: Readonly<Record<Client, string>> = { stock: 'the stock task', ours: 'SlotSwap' }

export function tablesOf(runs: readonly Judged[], lags: readonly Lag[]): Measured['tables'] {
  const heading = ['', 'runs', 'swaps due', 'swaps made', 'production runs', 'the task said', 'true']
  const rows = (client: Client) =>
    [...new Set(runs.map(({ scenario }) => scenario))].map((scenario) =>
      rowOf(runs.filter((run) => run.client === client && run.scenario === scenario)),
    )
  const totals = clients.map((client) => {
    const all = runs.filter((run) => run.client === client)
    const told = (chosen: readonly Judged[]) => String(chosen.length)
    return [
      names[client],
      told(all),
      told(all.filter(({ right }) => !right)),
      told(all.filter(({ said, production }) => said === 'succeeded' && production !== 'wanted')),
      told(all.filter(({ due, swaps }) => due !== undefined && swaps > due)),
      told(all.filter(({ due, swaps }) => due !== undefined && swaps < due)),
    ]
  })
  return [
    ...clients.map((client) => ({ title: `Asked to swap once: ${names[client]}`, rows: [heading, ...rows(client)] })),
    {
      title: 'All runs',
      rows: [['', 'runs', 'said what is not so', 'of them green', 'swapped too often', 'not swapped'], ...totals],
    },
    {
      title: 'Seconds from the end of the swap on the platform until the task knows of it',
      rows: [['', 'swaps', 'mean', 'median', 'longest'], ...clients.map((client) => lagRow(lags, client))],
    },
  ]
}

function rowOf(runs: readonly Judged[]): readonly string[] {
  const [first] = runs
  if (first === undefined) return []
  const all = (of: (run: Judged) => string) => [...new Set(runs.map(of))].join(', ')
  const right = runs.filter((run) => run.right).length
  return [
    first.scenario,
    String(runs.length),
    first.due === undefined ? '-' : String(first.due),
    all(({ swaps }) => String(swaps)),
    all(({ production }) => `the ${production} version`),
    all(({ said }) => said),
    right === runs.length ? 'yes' : right === 0 ? 'NO' : `${right} of ${runs.length}`,
  ]
}

function lagRow(lags: readonly Lag[], client: Client): readonly string[] {
  const some = lags.filter((lag) => lag.client === client).flatMap(({ lagSeconds }) => lagSeconds ?? [])
  const shown = (seconds: number | undefined) => (seconds === undefined ? '-' : seconds.toFixed(2))
  return [names[client], String(some.length), ...[meanLag(lags, client), median(some), Math.max(...some)].map(shown)]
}
