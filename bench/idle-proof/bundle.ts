import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))

export const clients = ['listing', 'filtered', 'ours', 'polls'] as const
export type Client = (typeof clients)[number]

/** One file each for plain Node, as a task is bundled; the server beside them. `.mjs`, because they await at their top. */
export async function bundle(
  folder: string,
): Promise<{ readonly server: string; readonly client: (name: Client) => string }> {
  await build({
    entryPoints: [
      ...clients.map((name) => ({ in: join(here, 'clients', `${name}.ts`), out: name })),
      { in: join(here, 'server', 'main.ts'), out: 'server' },
    ],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    // What is left of CommonJS in the packages asks for `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  })
  const path = (name: string) => join(folder, `${name}.mjs`)
  return { server: path('server'), client: path }
}
