// What is so in the world at this moment, told from the world and not by the rules that are tested.
import type { IdlePolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import type { AppWorld } from '../ports/apps-world.ts'
import type { AccountWorld } from '../ports/storage-world.ts'
import { isHeld } from '../ports/storage-world.ts'
import type { Inventory } from './inventory.ts'

export type HubAt = { readonly account: AccountWorld; readonly name: string; readonly recordedAt?: number }

/** The slots of an app that name the hub, as far as a connection may read them. */
export function namedBy(app: AppWorld, { account, name }: HubAt): readonly string[] {
  if (app.sight !== 'full') return []
  const wanted = name.toLowerCase()
  return app.slots
    .filter(({ name: slot, settings, unreadable }) => {
      if (unreadable !== undefined) return false
      const storage = settings['AzureWebJobsStorage'] ?? ''
      const mayBeThere = storage.includes(`AccountName=${account.account.name};`) || storage.startsWith('@')
      const values = Object.values(settings).map((value) => value.trim().toLowerCase())
      const isDefault = slot === 'production' && app.name.toLowerCase() === wanted
      return mayBeThere && (values.includes(wanted) || isDefault)
    })
    .map(({ name: slot }) => `${app.name}/${slot}`)
}

export function unreadableOwn(own: AppWorld): boolean {
  return own.sight !== 'full' || own.slots.some(({ unreadable }) => unreadable !== undefined)
}

export function heldNow({ account, name }: HubAt, now: number): boolean {
  const life = account.life(name)
  return life !== undefined && isHeld(life, now)
}

export function busyNow({ account, name }: HubAt, policy: IdlePolicy): boolean {
  const life = account.life(name)
  if (!life) return false
  const { entityPolicy, acceptInvisibleMessages, ignoreInstances } = policy
  return (
    life.running > 0 ||
    (life.eternal > 0 && ignoreInstances.length === 0) ||
    (life.hiddenMessages > 0 && !acceptInvisibleMessages) ||
    (life.busyEntities > 0 && entityPolicy !== 'ignore') ||
    (life.idleEntities > 0 && entityPolicy === 'block')
  )
}

/** `slackMs`: how much the clock of the one who asks may be wrong. What is known of its age is the newer of two times. */
export function youngNow(hub: HubAt, wanted: { minimumAgeMs: number; now: number; slackMs: number }): boolean {
  if (wanted.minimumAgeMs === 0) return false
  const known = [hub.account.life(hub.name)?.activeAt, hub.recordedAt].filter((each) => each !== undefined)
  return known.length === 0 || wanted.now - Math.max(...known) < wanted.minimumAgeMs - wanted.slackMs
}

/** Rows that name no hub, or a hub whose rows are gone before its queues. */
export function obscureNow({ account, name }: HubAt, now: number): boolean {
  if (account.shared) return account.shared.ownerless > 0
  const hasQueue = account.listed('queue', now).some((queue) => belongs(queue.name, name))
  return hasQueue && account.find('table', `${name}Instances`, now) === undefined
}

function belongs(queue: string, hub: string): boolean {
  const low = hub.toLowerCase()
  return queue === `${low}-workitems` || new RegExp(`^${low}-control-\\d\\d$`).test(queue)
}

/** What nothing tells of counts as newest. */
const unknownAge = Number.MAX_SAFE_INTEGER

export type Expected = 'deleted' | 'absent' | 'kept' | 'held'

/** What must become of each hub that is asked for while nothing changes by itself. */
export function expectedFates({ world, own, wanted, asked }: Inventory): readonly Expected[] {
  const now = world.now
  const guards = asked.map((hub): 'absent' | 'held' | 'free' => {
    const life = hub.account.life(hub.name)
    if (obscureNow(hub, now)) return 'held'
    if (!life || hub.account.partsLeftOf(life).length === 0) return 'absent'
    const isNamed = world.apps.some((app) => namedBy(app, hub).length > 0)
    return unreadableOwn(own) || isNamed || heldNow(hub, now) ? 'held' : 'free'
  })
  const newest = asked
    .map((hub, index) => ({ index, at: hub.recordedAt ?? hub.account.life(hub.name)?.activeAt ?? unknownAge }))
    .filter(({ index }) => guards[index] === 'free')
    .sort((left, right) => right.at - left.at)
    .slice(0, wanted.keepLast)
    .map(({ index }) => index)
  return asked.map((hub, index) => {
    const guard = guards[index]
    if (guard === 'held' || guard === 'absent') return guard
    if (newest.includes(index)) return 'kept'
    if (youngNow(hub, { ...wanted, now, slackMs: 0 })) return 'kept'
    return busyNow(hub, wanted.policy) ? 'held' : 'deleted'
  })
}
