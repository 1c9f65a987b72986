import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A folder with an app whose functions.mjs is `code`. The caller removes it. */
export async function appFolder(code: string, { version = '1.0.0', hostJson = {} } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'app-for-test-'))
  await writeFile(join(folder, 'host.json'), JSON.stringify(hostJson))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version }))
  await writeFile(join(folder, 'functions.mjs'), code)
  return folder
}

export type Listener = { readonly url: string; readonly heard: string[]; close(): Promise<void> }

/** Remembers the path of every request, as `A/1`. */
export async function listener(): Promise<Listener> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push((request.url ?? '').slice(1))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
