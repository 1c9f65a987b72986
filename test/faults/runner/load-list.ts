import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Listed } from '../suites.ts'

/** The suites of the project, or of another module that exports `suites`. */
export async function loadList(file: string | undefined): Promise<readonly Listed[]> {
  const url = file === undefined ? new URL('../suites.ts', import.meta.url) : pathToFileURL(resolve(file))
  const { suites } = (await import(url.href)) as { suites: readonly Listed[] }
  return suites
}
