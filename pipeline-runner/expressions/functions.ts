import type { Value } from './values.ts'
import { areEqual, compare, toBoolean, toText } from './values.ts'

type Lazy = readonly (() => Value)[]

type ExpressionFunction = {
  /** Least and most arguments. */
  readonly arguments: readonly [least: number, most: number]
  readonly apply: (args: Lazy) => Value
}

/** The documented functions that conditions use, by lower-case name; `and`, `or` and `coalesce` stop early. */
export const functions: Readonly<Record<string, ExpressionFunction>> = {
  and: { arguments: [2, Infinity], apply: (args) => args.every((arg) => toBoolean(arg())) },
  or: { arguments: [2, Infinity], apply: (args) => args.some((arg) => toBoolean(arg())) },
  not: { arguments: [1, 1], apply: ([arg]) => !toBoolean(valueOf(arg)) },
  xor: { arguments: [2, 2], apply: ([left, right]) => toBoolean(valueOf(left)) !== toBoolean(valueOf(right)) },
  eq: { arguments: [2, 2], apply: ([left, right]) => areEqual(valueOf(left), valueOf(right)) },
  ne: { arguments: [2, 2], apply: ([left, right]) => !areEqual(valueOf(left), valueOf(right)) },
  gt: comparison((order) => order > 0),
  ge: comparison((order) => order >= 0),
  lt: comparison((order) => order < 0),
  le: comparison((order) => order <= 0),
  in: { arguments: [2, Infinity], apply: (args) => isIn(args) },
  notin: { arguments: [2, Infinity], apply: (args) => !isIn(args) },
  contains: textTest((text, part) => text.includes(part)),
  startswith: textTest((text, part) => text.startsWith(part)),
  endswith: textTest((text, part) => text.endsWith(part)),
  coalesce: { arguments: [2, Infinity], apply: coalesce },
}

function comparison(holds: (order: number) => boolean): ExpressionFunction {
  return {
    arguments: [2, 2],
    apply: ([first, second]) => {
      const left = valueOf(first)
      const right = valueOf(second)
      const order = compare(left, right)
      if (order === undefined) throw new Error(`'${toText(right)}' cannot be compared with '${toText(left)}'.`)
      return holds(order)
    },
  }
}

function textTest(holds: (text: string, part: string) => boolean): ExpressionFunction {
  return {
    arguments: [2, 2],
    apply: ([text, part]) => holds(toText(valueOf(text)).toUpperCase(), toText(valueOf(part)).toUpperCase()),
  }
}

function isIn([first, ...rest]: Lazy): boolean {
  const left = valueOf(first)
  return rest.some((candidate) => areEqual(left, candidate()))
}

function coalesce(args: Lazy): Value {
  for (const arg of args) {
    const value = arg()
    if (value !== null && value !== '') return value
  }
  return null
}

function valueOf(arg: (() => Value) | undefined): Value {
  return arg?.() ?? null
}
