// What every implementation of the port `SlotFunctions` does, be it in memory or behind Azure Resource Manager.
import assert from 'node:assert/strict'
import type { AppAddress, SlotName } from '../../core/function-app/picture.ts'
import type { SlotFunctions } from '../../core/function-app/ports.ts'

const staging = 'staging' as SlotName
const never = new AbortController().signal

/** An app whose slot staging has one function, `Start` with an HTTP trigger, and whose one sticky setting is `Where`. */
export type OpenedFunctions = { readonly app: AppAddress; readonly functions: SlotFunctions }

export function aSlotFunctionsPort(open: () => Promise<OpenedFunctions>): void {
  it('lists the functions of a slot with their trigger', async () => {
    const { app, functions } = await open()
    assert.deepEqual(await functions.list(app, staging, never), [
      { name: 'Start', trigger: 'httpTrigger', isDisabled: false },
    ])
  })

  it('reads and replaces the names that stay with their slot, and keeps the other lists', async () => {
    const { app, functions } = await open()
    const before = await functions.stickyNames(app, never)
    assert.deepEqual(before.appSettings, ['Where'])

    await functions.writeStickyNames(app, { ...before, appSettings: ['Where', 'More'] }, never)

    const after = await functions.stickyNames(app, never)
    assert.deepEqual(after.appSettings, ['Where', 'More'])
    assert.deepEqual(after.others['connectionStringNames'], before.others['connectionStringNames'])
  })

  it('has no names left where none are written', async () => {
    const { app, functions } = await open()
    const before = await functions.stickyNames(app, never)

    await functions.writeStickyNames(app, { ...before, appSettings: [] }, never)

    assert.deepEqual((await functions.stickyNames(app, never)).appSettings, [])
  })
}
