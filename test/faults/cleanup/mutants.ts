// What the inventories must find out: clean-ups that leave out one reading, or take a part too many.
import type { TaskHubs } from '../../../core/task-hub/ports.ts'
import type { Deps } from '../../../tasks/deps.ts'
import { cleanupTaskHub } from '../../../tasks/CleanupTaskHub/run.ts'
import type { Story } from './play.ts'

export const mutants: Readonly<Record<string, Story>> = {
  'no second reading of who uses the hub': withApps(),
  'no second reading of the leases': withHubs((hubs) => ({
    liveLeases: once((hub, signal) => hubs.liveLeases(hub, signal)),
  })),
  'one proof that the hub is idle': withHubs((hubs) => ({
    look: once((hub, signal, policy) => hubs.look(hub, policy, signal)),
  })),
  'parts by a bare prefix': withHubs((hubs) => ({
    parts: async (hub, signal) => {
      const own = await hubs.parts(hub, signal)
      // Hub 'shop1' takes hub 'shop10' for its own.
      const more = own.parts.length > 0 ? await hubs.parts(`${hub}0` as typeof hub, signal) : own
      return { ...own, parts: [...own.parts, ...more.parts] }
    },
  })),
}

type Hub = Parameters<TaskHubs['look']>[0]
type Policy = Parameters<TaskHubs['look']>[1]

function once<T>(
  read: (hub: Hub, signal: AbortSignal, policy: Policy) => Promise<T>,
): (...args: never[]) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (...args: readonly unknown[]) => {
    const [hub, second, third] = args as [Hub, AbortSignal | Policy, AbortSignal]
    const [signal, policy] = second instanceof AbortSignal ? [second, undefined] : [third, second]
    const answer = known.get(hub) ?? read(hub, signal, policy as Policy)
    known.set(hub, answer)
    return answer
  }
}

function withHubs(change: (inner: TaskHubs) => Partial<TaskHubs>): Story {
  return (wanted, deps, signal) => {
    const { azure } = deps
    const opened = new Map<string, TaskHubs>()
    const taskHubs: typeof azure.taskHubs = (storage, tracking) => {
      const known = opened.get(storage.account.id)
      if (known) return known
      const hubs = azure.taskHubs(storage, tracking)
      const all = {
        account: hubs.account,
        ...methodsOf(hubs),
        ...change(hubs),
      }
      opened.set(storage.account.id, all)
      return all
    }
    return cleanupTaskHub(wanted, { ...deps, azure: { ...azure, taskHubs } }, signal)
  }
}

function methodsOf(hubs: TaskHubs): Omit<TaskHubs, 'account'> {
  return {
    look: (hub, policy, signal, ask) => hubs.look(hub, policy, signal, ask),
    parts: (hub, signal) => hubs.parts(hub, signal),
    liveLeases: (hub, signal) => hubs.liveLeases(hub, signal),
    lastActivity: (hub, signal) => hubs.lastActivity(hub, signal),
    instances: (hub, wanted, signal) => hubs.instances(hub, wanted, signal),
    roots: (hub, wanted, signal) => hubs.roots(hub, wanted, signal),
    deletePart: (hub, part, signal) => hubs.deletePart(hub, part, signal),
  }
}

/** A look at an app is taken once, and remembered. */
function withApps(): Story {
  return (wanted, deps, signal) => {
    const { azure } = deps
    const { apps } = azure
    const seen = new Map<string, ReturnType<typeof apps.look>>()
    const remembering: Deps['azure']['apps'] = {
      list: (now) => apps.list(now),
      look: (app, now) => {
        const picture = seen.get(app.name.toLowerCase()) ?? apps.look(app, now)
        seen.set(app.name.toLowerCase(), picture)
        return picture
      },
      writeSettings: (app, slot, settings, now) => apps.writeSettings(app, slot, settings, now),
      requestSwap: (app, swap, now) => apps.requestSwap(app, swap, now),
      readOperation: (url, now) => apps.readOperation(url, now),
      glance: (app, slot, now) => apps.glance(app, slot, now),
    }
    return cleanupTaskHub(wanted, { ...deps, azure: { ...azure, apps: remembering } }, signal)
  }
}
