import type { Bar } from '../bench.ts'
import { atLeast, atMost } from '../bench.ts'
import type { Figures } from './figures.ts'
import type { MethodName } from './methods.ts'

/** Nothing is measured where an app stood still. */
export function barsOf(all: readonly Figures[]): readonly Bar[] {
  const withAny = (method: MethodName) => all.find((figures) => figures.method === method && figures.isWhole)?.withAny
  return [
    atLeast('plain swap: swaps that lost or doubled items', withAny('plain'), 1),
    atMost('App Mode: swaps that lost or doubled items', withAny('appMode'), 0),
    atMost('fence and drain: swaps that lost or doubled items', withAny('fence'), 0),
  ]
}
