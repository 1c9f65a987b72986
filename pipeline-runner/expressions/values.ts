/** What an expression can be; versions are left out. */
export type Value = string | number | boolean | null

/** Conversions of the expression language (Azure Pipelines docs, "Expressions", type casting). */
export function toBoolean(value: Value): boolean {
  return typeof value === 'string' ? value !== '' : Boolean(value)
}

export function toText(value: Value): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return value === null ? '' : String(value)
}

/** Undefined when the value is no number. */
export function toNumber(value: Value): number | undefined {
  if (typeof value !== 'string') return Number(value)
  if (value.trim() === '') return 0
  return /^\s*-?[\d,]*\.?\d+\s*$/.test(value) ? Number(value.replaceAll(',', '')) : undefined
}

/** Equality after the right side took the left side's type; text compares without case. */
export function areEqual(left: Value, right: Value): boolean {
  return compare(left, right) === 0
}

/** Negative, 0 or positive; undefined when the right side cannot take the left side's type. */
export function compare(left: Value, right: Value): number | undefined {
  if (left === null) return right === null || right === '' ? 0 : undefined
  if (typeof left === 'string') return order(left.toUpperCase(), toText(right).toUpperCase())
  if (typeof left === 'boolean') return Number(left) - Number(toBoolean(right))
  const number = toNumber(right)
  return number === undefined ? undefined : left - number
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
