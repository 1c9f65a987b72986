// What every implementation of the port `FunctionApps` does, be it in memory or behind Azure Resource Manager.
import assert from 'node:assert/strict'
import { AzureFailure, Cancelled } from '../../core/failures.ts'
import type { AppAddress, Settings, SlotName } from '../../core/function-app/picture.ts'
import { findSlot, production } from '../../core/function-app/picture.ts'
import type { FunctionApps, OperationState } from '../../core/function-app/ports.ts'

export const staging = 'staging' as SlotName
const never = new AbortController().signal
const swap = { source: staging, target: production, preserveVnet: false }

/** An app with slots production and staging whose hubs are `old` and `new`, and whose sticky setting `Where` is the slot. */
export type OpenedApp = { readonly app: AppAddress; readonly apps: FunctionApps }

export function aFunctionAppsPort(open: () => Promise<OpenedApp>): void {
  const settingsOf = async ({ app, apps }: OpenedApp, slot: SlotName): Promise<Settings> => {
    const found = findSlot(await apps.look(app, never), slot)?.settings
    assert.equal(found?.kind, 'read')
    return found.values
  }
  async function endOf(apps: FunctionApps, url: string): Promise<OperationState> {
    for (;;) {
      const state = await apps.readOperation(url, never)
      if (state.kind !== 'running') return state
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const wholeSwap = async ({ app, apps }: OpenedApp) => {
    const reply = await apps.requestSwap(app, swap, never)
    assert.equal(reply.kind, 'accepted')
    assert.equal((await endOf(apps, reply.operationUrl)).kind, 'succeeded')
  }

  it('lists the app', async () => {
    const { app, apps } = await open()
    assert.ok((await apps.list(never)).some(({ name }) => name === app.name))
  })

  it('shows production first, in its own spelling of the app', async () => {
    const { app, apps } = await open()
    const picture = await apps.look({ ...app, name: app.name.toUpperCase() }, never)
    assert.equal(picture.app.name, app.name)
    assert.deepEqual(
      picture.slots.map(({ name }) => name),
      [production, staging],
    )
    assert.deepEqual(picture.stickySettings, ['Where'])
  })

  it('has no picture of an app that is not there', async () => {
    const { app, apps } = await open()
    const look = apps.look({ ...app, name: `${app.name}x` }, never)
    await assert.rejects(look, (error) => error instanceof AzureFailure && error.kind === 'notFound')
  })

  it('replaces the whole set of settings', async () => {
    const opened = await open()
    const { Where: _, ...kept } = await settingsOf(opened, staging)
    await opened.apps.writeSettings(opened.app, staging, { ...kept, TaskHubName: 'third' }, never)
    assert.deepEqual(await settingsOf(opened, staging), { ...kept, TaskHubName: 'third' })
    assert.equal((await settingsOf(opened, production))['TaskHubName'], 'old')
  })

  it('swaps the settings and leaves the sticky ones where they are', async () => {
    const opened = await open()
    await wholeSwap(opened)
    const [front, back] = [await settingsOf(opened, production), await settingsOf(opened, staging)]
    assert.deepEqual([front['TaskHubName'], front['Where']], ['new', 'production'])
    assert.deepEqual([back['TaskHubName'], back['Where']], ['old', 'staging'])
  })

  it('swaps back by the same request', async () => {
    const opened = await open()
    await wholeSwap(opened)
    await wholeSwap(opened)
    assert.equal((await settingsOf(opened, production))['TaskHubName'], 'old')
  })

  it('shows an operation while it runs, refuses every other, and shows none afterwards', async () => {
    const { app, apps } = await open()
    const reply = await apps.requestSwap(app, swap, never)
    assert.equal(reply.kind, 'accepted')
    const second = await apps.requestSwap(app, swap, never)
    assert.ok(second.kind === 'rejected' && second.status === 409)
    const write = apps.writeSettings(app, staging, {}, never)
    await assert.rejects(write, (error) => {
      return error instanceof AzureFailure && error.kind === 'conflict' && !error.mayHaveHappened
    })
    assert.ok((await apps.look(app, never)).slots.every(({ operationInProgress }) => operationInProgress !== undefined))
    await endOf(apps, reply.operationUrl)
    assert.ok((await apps.look(app, never)).slots.every(({ operationInProgress }) => operationInProgress === undefined))
  })

  it('shows at a glance an operation that runs, and afterwards the swap that was', async () => {
    const { app, apps } = await open()
    const calm = await apps.glance(app, production, never)
    assert.ok(calm.kind === 'seen' && calm.operationInProgress === undefined && calm.lastSwap === undefined)
    const reply = await apps.requestSwap(app, swap, never)
    assert.equal(reply.kind, 'accepted')
    const busy = await apps.glance(app, production, never)
    assert.ok(busy.kind === 'seen' && busy.operationInProgress !== undefined)
    await endOf(apps, reply.operationUrl)
    const after = await apps.glance(app, production, never)
    assert.ok(after.kind === 'seen' && after.operationInProgress === undefined)
    assert.deepEqual([after.lastSwap?.source, after.lastSwap?.target], [staging, production])
  })

  it('misses a slot that is not there at a glance', async () => {
    const { app, apps } = await open()
    assert.equal((await apps.glance(app, 'blue' as SlotName, never)).kind, 'missed')
  })

  it('refuses to swap with a slot that is not there', async () => {
    const { app, apps } = await open()
    const reply = await apps.requestSwap(app, { ...swap, target: 'blue' as SlotName }, never)
    assert.ok(reply.kind === 'rejected' && reply.status === 404)
  })

  it('does nothing for a run that is cancelled already', async () => {
    const opened = await open()
    const signal = AbortSignal.abort()
    await assert.rejects(opened.apps.requestSwap(opened.app, swap, signal), Cancelled)
    await assert.rejects(opened.apps.writeSettings(opened.app, staging, {}, signal), Cancelled)
    assert.equal((await settingsOf(opened, staging))['TaskHubName'], 'new')
  })
}
