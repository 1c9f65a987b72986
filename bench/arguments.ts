/** What was asked for on the command line. */
export type Arguments = {
  readonly name: string | undefined
  readonly json: boolean
  readonly quick: boolean
  /** Where the plot goes. */
  readonly svg?: string
  /** By name, without the dashes. */
  readonly numbers: Readonly<Record<string, number>>
}

/** Reads `<name> [--json] [--quick] [--svg <file>] [--<name of a number> <n>]`. */
export function readArguments(args: readonly string[]): Arguments | { readonly problem: string } {
  const names: string[] = []
  const numbers: Record<string, number> = {}
  let [json, quick] = [false, false]
  let svg: string | undefined
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--json') json = true
    else if (arg === '--quick') quick = true
    else if (!arg.startsWith('-')) names.push(arg)
    else {
      const value = args[++at]
      if (arg === '--svg' && value !== undefined && !value.startsWith('-')) svg = value
      else if (/^--[a-z]+$/.test(arg) && arg !== '--svg' && value !== undefined && /^[1-9]\d{0,6}$/.test(value)) {
        numbers[arg.slice(2)] = Number(value)
      } else return { problem: `'${[arg, value].filter((each) => each !== undefined).join(' ')}' is not understood.` }
    }
  }
  const [name, ...more] = names
  if (more.length > 0) return { problem: `'${more.join(' ')}' is not understood.` }
  return { name, json, quick, numbers, ...(svg === undefined ? {} : { svg }) }
}
