import type { Bar } from '../bench.ts'
import { atLeast, atMost } from '../bench.ts'
import type { Figures } from './figures.ts'
import type { MethodName } from './methods.ts'

export function barsOf(all: readonly Figures[]): readonly Bar[] {
  const of = (method: MethodName) => all.find((figures) => figures.method === method)
  return [
    atLeast('plain swap: swaps that lost or doubled items', of('plain')?.withAny, 1),
    atMost('App Mode: swaps that lost or doubled items', of('appMode')?.withAny, 0),
    atMost('fence and drain: swaps that lost or doubled items', of('fence')?.withAny, 0),
  ]
}
