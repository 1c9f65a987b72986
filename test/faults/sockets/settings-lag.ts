import type { Reply } from '../../../emulator/http/call.ts'
import { readObject } from '../../../emulator/http/call.ts'
import type { Strike } from './transient.ts'
import type { Stand, World } from './world.ts'

/**
 * For `lagMs` after a swap is over, the settings of both slots still read as they were before it, although neither slot shows an
 * operation any more.
 */
export function settingsLag(world: World, before: Stand, lagMs: number): (kind: string) => Strike | undefined {
  const swaps = world.swaps()
  let until: number | undefined
  return (kind) => {
    const slot = /^arm POST \/sites\/shop(\/slots\/staging)?\/config\/appsettings\/list/.exec(kind)
    if (!slot || world.swaps() === swaps || world.app.running) return undefined
    until ??= world.time.now() + lagMs
    if (world.time.now() >= until) return undefined
    const { hub } = slot[1] === undefined ? before.production : before.staging
    return { when: 'after', action: { kind: 'rewrite', change: (reply) => withHub(reply, hub) } }
  }
}

function withHub(reply: Reply, hub: string): Reply {
  const view = readObject(Buffer.from(reply.body ?? ''))
  const properties = view?.['properties']
  return { ...reply, body: JSON.stringify({ ...view, properties: { ...(properties as object), TaskHubName: hub } }) }
}
