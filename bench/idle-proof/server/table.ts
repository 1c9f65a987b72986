export type Value = string | number | boolean
export type EdmType = 'Edm.String' | 'Edm.DateTime' | 'Edm.Int32' | 'Edm.Boolean'

/** One column of a table; its values are made when they are asked for. */
export type Column = {
  readonly name: string
  readonly type: EdmType
  /** Undefined = the row has no such property. A date is ISO 8601 with seven decimals and a Z. */
  readonly at: (row: number) => Value | undefined
  /** Of a date that every row has: its whole milliseconds, so that most comparisons need not write it out. */
  readonly msAt?: (row: number) => number
}

/** Rows in the order of the service: by PartitionKey, then by RowKey, both ordinally. */
export type Table = {
  readonly name: string
  readonly size: number
  /** PartitionKey, RowKey and Timestamp come first. */
  readonly columns: readonly Column[]
  readonly partitionKey: (row: number) => string
  readonly rowKey: (row: number) => string
}

/** Seven decimals, as the service writes dates. */
export function edmDate(ms: number, ticks = 0): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${String(ticks).padStart(4, '0')}Z`
}
