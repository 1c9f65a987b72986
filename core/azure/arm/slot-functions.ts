import { asClause, AzureFailure } from '../../failures.ts'
import type { RunningFunctions, SlotFunction, StickyNames } from '../../function-app/functions.ts'
import type { AppAddress, SlotName } from '../../function-app/picture.ts'
import { production } from '../../function-app/picture.ts'
import type { SlotFunctions } from '../../function-app/ports.ts'
import { fieldsOf } from '../../json.ts'
import { unreadable } from '../http/answer.ts'
import type { ArmClient } from './client.ts'
import type { ArmHosts } from './hosts.ts'
import { readHostFunctions, readListedFunction } from './function-documents.ts'
import type { ArmReader } from './reader.ts'
import { inWords } from './reader.ts'
import { readStickyNames } from './resources.ts'
import { writeOnce } from './write-once.ts'

/** `SlotFunctions` through ARM, and how many instances a slot runs on. */
export type ArmSlotFunctions = SlotFunctions & {
  /** How many instances ARM lists for the slot (`GET …/instances`). Throws `AzureFailure`. */
  readonly instances: (app: AppAddress, slot: SlotName, signal: AbortSignal) => Promise<number>
}

export function armSlotFunctions(
  arm: ArmClient,
  { siteUrl, read, pages }: ArmReader,
  { hostRuntime }: Pick<ArmHosts, 'hostRuntime'>,
): ArmSlotFunctions {
  const names = (app: AppAddress) => siteUrl(app, production, 'config', 'slotConfigNames')

  async function list(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<readonly SlotFunction[]> {
    const errand = {
      operation: `list the functions of ${inWords(app, slot)}`,
      permission: 'Microsoft.Web/sites/functions/read',
    }
    const items = await pages(siteUrl(app, slot, 'functions'), errand, signal)
    return items.map((item) => {
      const found = readListedFunction(item)
      if (!found) throw unreadable(errand, 'not a list of functions')
      return found
    })
  }

  async function running(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<RunningFunctions> {
    const operation = `read the functions that the host of ${inWords(app, slot)} runs`
    try {
      const { json } = await hostRuntime({ app, slot, path: '/admin/functions', operation }, signal)
      const functions = readHostFunctions(json)
      return functions ? { kind: 'known', functions } : { kind: 'unknown', because: 'its list is not what it promises' }
    } catch (error) {
      if (error instanceof AzureFailure) return { kind: 'unknown', because: asClause(error.message) }
      throw error
    }
  }

  async function stickyNames(app: AppAddress, signal: AbortSignal): Promise<StickyNames> {
    const errand = {
      operation: `read which settings of '${app.name}' are deployment slot settings`,
      permission: 'Microsoft.Web/sites/config/read',
    }
    return await read({ method: 'GET', url: names(app), errand }, readStickyNames, signal)
  }

  async function writeStickyNames(app: AppAddress, written: StickyNames, signal: AbortSignal): Promise<void> {
    const errand = {
      operation: `write which settings of '${app.name}' are deployment slot settings`,
      permission: 'Microsoft.Web/sites/config/write',
    }
    const body = { properties: { ...written.others, appSettingNames: written.appSettings } }
    await writeOnce(arm, { url: names(app), body, errand, reads: readStickyNames }, signal)
  }

  async function instances(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<number> {
    const errand = {
      operation: `list the instances of ${inWords(app, slot)}`,
      permission: 'Microsoft.Web/sites/instances/read',
    }
    const items = await pages(siteUrl(app, slot, 'instances'), errand, signal)
    const found = new Set(
      items.map((item) => {
        const name = fieldsOf(item)?.get('name')
        if (typeof name !== 'string' || name === '') throw unreadable(errand, 'not a list of instances')
        return name
      }),
    )
    return found.size
  }

  return { list, running, stickyNames, writeStickyNames, instances }
}
