import { AzureFailure } from '../../failures.ts'
import type { AppAddress, Settings, SlotName } from '../../function-app/picture.ts'
import type { FunctionApps, OperationState, SlotGlance, SwapReply, SwapRequest } from '../../function-app/ports.ts'
import { failureOf, unreadable } from '../http/answer.ts'
import type { ArmConnection } from './client.ts'
import { armClient, isOf } from './client.ts'
import type { ArmHosts } from './hosts.ts'
import { armHosts } from './hosts.ts'
import { armLook } from './look.ts'
import { operationLink, operationState, pauseOf, swapReply } from './operation.ts'
import { armReader, inWords } from './reader.ts'
import { readSettings, readSite } from './resources.ts'
import type { ArmSlotFunctions } from './slot-functions.ts'
import { armSlotFunctions } from './slot-functions.ts'
import { writeOnce } from './write-once.ts'

const swapTimeoutMs = 100_000
/** The next glance comes soon anyway. */
const glanceTimeoutMs = 10_000

/**
 * Function apps of a subscription. Reads are tried again where that may help; a mutation is one request, always. Throws
 * `Refusal` where the service connection's ARM address is no https URL.
 */
export function armFunctionApps(
  connection: ArmConnection,
): FunctionApps & ArmHosts & { readonly functions: ArmSlotFunctions } {
  const arm = armClient(connection)
  const reader = armReader(arm)
  const { siteUrl } = reader
  const asyncOperations = new Set<string>()

  async function writeSettings(app: AppAddress, slot: SlotName, values: Settings, signal: AbortSignal): Promise<void> {
    const errand = {
      operation: `write the app settings of ${inWords(app, slot)}`,
      permission: 'Microsoft.Web/sites/config/write',
    }
    const url = siteUrl(app, slot, 'config', 'appsettings')
    await writeOnce(arm, { url, body: { properties: values }, errand, reads: readSettings }, signal)
  }

  async function requestSwap(app: AppAddress, swap: SwapRequest, signal: AbortSignal): Promise<SwapReply> {
    const errand = {
      operation: `swap slot '${swap.source}' of '${app.name}' with '${swap.target}'`,
      permission: 'Microsoft.Web/sites/slots/slotsswap/action',
    }
    const url = siteUrl(app, swap.source, 'slotsswap')
    const body = { targetSlot: swap.target, preserveVnet: swap.preserveVnet }
    try {
      const answer = await arm.once({ method: 'POST', url, body, errand, timeoutMs: swapTimeoutMs }, signal)
      const link = answer.status === 202 ? operationLink(answer, url) : undefined
      if (link?.async === true) asyncOperations.add(link.url)
      const reply = swapReply(answer, url, arm.clock.now())
      const denied = reply.kind === 'rejected' && (reply.status === 401 || reply.status === 403)
      return denied ? { ...reply, message: failureOf(answer, errand).message } : reply
    } catch (error) {
      if (error instanceof AzureFailure && isOf(error, errand)) return { kind: 'lost', message: error.message }
      throw error
    }
  }

  async function readOperation(url: string, signal: AbortSignal): Promise<OperationState> {
    const errand = {
      operation: 'read how far the operation is',
      permission: 'Microsoft.Web/sites/operationresults/read',
    }
    if (!arm.isOwn(url))
      return { kind: 'unknown', message: 'the operation is to be followed at another host than Azure Resource Manager' }
    try {
      const answer = await arm.once({ method: 'GET', url: new URL(url, arm.base).href, errand }, signal)
      return operationState(answer, asyncOperations.has(url), arm.clock.now())
    } catch (error) {
      if (error instanceof AzureFailure) return { kind: 'unknown', message: error.message }
      throw error
    }
  }

  async function glance(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<SlotGlance> {
    const errand = { operation: `read ${inWords(app, slot)}`, permission: 'Microsoft.Web/sites/read' }
    try {
      const request = { method: 'GET', url: siteUrl(app, slot), errand, timeoutMs: glanceTimeoutMs } as const
      const answer = await arm.once(request, signal)
      const { status, body } = answer
      const site = status === 200 && body.kind === 'json' ? readSite(body.value) : undefined
      if (!site) {
        const failure =
          status >= 400 ? failureOf(answer, errand) : unreadable(errand, 'not the document asked for', answer)
        return { kind: 'missed', message: failure.message, ...pauseOf(answer, arm.clock.now()) }
      }
      const { targetSwapSlot, lastSwap, operationInProgress } = site
      return {
        kind: 'seen',
        ...(targetSwapSlot !== undefined && { targetSwapSlot }),
        ...(lastSwap && { lastSwap }),
        ...(operationInProgress !== undefined && { operationInProgress }),
      }
    } catch (error) {
      if (error instanceof AzureFailure) return { kind: 'missed', message: error.message }
      throw error
    }
  }

  const hosts = armHosts(arm, reader, connection.onSecret)
  return {
    ...armLook(arm, reader),
    ...hosts,
    functions: armSlotFunctions(arm, reader, hosts),
    writeSettings,
    requestSwap,
    readOperation,
    glance,
  }
}
