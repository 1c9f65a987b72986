import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

let bundled: Promise<string> | undefined

/** The thread's code as one plain script, made once a process: a thread that compiled it at every start would be slow. */
export function threadScript(): Promise<string> {
  return (bundled ??= bundle())
}

async function bundle(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'functions-host-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'thread.cjs')
  await build({
    entryPoints: [fileURLToPath(new URL('thread.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // What is written as a module and asks where it is.
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href" },
    minify: true,
    keepNames: true,
    logLevel: 'error',
  })
  return outfile
}
