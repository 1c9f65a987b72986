import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

const adapter = 'export const getFetch = () => null\nexport default null\n'
const question = "typeof G.FormData !== 'undefined' ? G.FormData : undefined"

/**
 * axios asks through node:http here. At load it tries its other adapter out with a Request, and looks for FormData: each makes
 * Node load its whole fetch (undici), an eighth of the time that a task takes to start. Throws where axios has changed.
 */
export const withoutFetch: Plugin = {
  name: 'without-fetch',
  setup(build) {
    build.onLoad({ filter: /[\\/]axios[\\/]lib[\\/]adapters[\\/]fetch\.js$/ }, () => ({ contents: adapter }))
    build.onLoad({ filter: /[\\/]axios[\\/]lib[\\/]utils\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      if (!text.includes(question))
        throw new Error(`${path} does not look for FormData as it did: see ${import.meta.filename}`)
      return { contents: text.replace(question, 'undefined') }
    })
  },
}
