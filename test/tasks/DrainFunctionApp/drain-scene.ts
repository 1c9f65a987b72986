import type { AppPicture, Settings, SlotName } from '../../../core/function-app/picture.ts'
import { findSlot } from '../../../core/function-app/picture.ts'
import type { Report } from '../../../core/report/report.ts'
import { fence } from '../../../tasks/DrainFunctionApp/fence.ts'
import { release } from '../../../tasks/DrainFunctionApp/release.ts'
import type { DrainWanted } from '../../../tasks/DrainFunctionApp/wanted.ts'
import { app } from '../../support/app.ts'
import type { AppBuilder } from '../../support/app.ts'
import { accountNamed, FakeAzure } from '../../support/fake-azure.ts'
import { shop, story, withoutLock } from '../story.ts'

export const staging = 'staging' as SlotName
export const production = 'production' as SlotName

export const functions = {
  Nightly: 'timerTrigger',
  OnOrder: 'queueTrigger',
  Start: 'httpTrigger',
  Order: 'orchestrationTrigger',
  Pay: 'activityTrigger',
  Counter: 'entityTrigger',
}

export function wanted(twist: Partial<DrainWanted> = {}): DrainWanted {
  return {
    ...shop,
    slotName: staging,
    targetSlot: production,
    action: 'fence',
    includeHttp: false,
    quietMs: 30_000,
    appModePath: '/api/app-mode',
    holdSeconds: 3600,
    timeoutMs: 600_000,
    pollMs: 5_000,
    lock: withoutLock,
    dryRun: false,
    ...twist,
  }
}

/** An app whose two slots have the same functions, each with a task hub of its own. */
export function shopOf(builder: AppBuilder = app()): FakeAzure {
  const azure = new FakeAzure(builder).hub('shop100').hub('shop99')
  azure.functions.deploy('staging', functions).deploy('production', functions)
  return azure
}

/** A story in which the storage account's clock is the one that sleeping moves. */
export function drain(azure = shopOf()) {
  const told = story(azure)
  azure.taskHubs({ kind: 'connectionString', account: accountNamed('shopdata') } as never).now = () => told.clock.now()
  const run = (act: typeof fence, twist: Partial<DrainWanted>): Promise<Report> =>
    act(wanted(twist), told.deps, told.signal)
  return {
    ...told,
    fence: (twist: Partial<DrainWanted> = {}) => run(fence, twist),
    release: (twist: Partial<DrainWanted> = {}) => run(release, { action: 'release', ...twist }),
  }
}

export function settingsOf(azure: FakeAzure, slot = 'staging'): Settings {
  const found = findSlot(picture(azure), slot)
  return found?.settings.kind === 'read' ? found.settings.values : {}
}

/** Settings of all slots, what stays with its slot, and the other lists, as text that is the same where they are. */
export function stateOf(azure: FakeAzure): string {
  const { slots, stickySettings } = picture(azure)
  const settings = slots.map(({ name }) => [name, Object.entries(settingsOf(azure, name)).sort()])
  return JSON.stringify({ settings, sticky: [...stickySettings].sort(), others: azure.functions.others })
}

export function picture(azure: FakeAzure): AppPicture {
  return azure.apps.pictureOf('shop')
}
