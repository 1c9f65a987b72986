// What the stock task AzureAppServiceManage does for its action "Swap Slots", with the published classes that it calls:
// Tasks/AzureAppServiceManageV0/azureappservicemanage.ts of microsoft/azure-pipelines-tasks (299572e25b), `run` and
// `advancedSlotSwap`. Left out is what changes nothing about the swap: telemetry, and Kudu (its address is asked for, and the
// deployment history is written where that works). Success is said as there: by not saying Failed.
import console from 'node:console'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const tl = require('azure-pipelines-task-lib/task')
const { AzureRMEndpoint, dispose } = require('azure-pipelines-tasks-azure-arm-rest/azure-arm-endpoint')
const { AzureAppService } = require('azure-pipelines-tasks-azure-arm-rest/azure-arm-app-service')
const { AzureAppServiceUtility } = require('azure-pipelines-tasks-azure-arm-rest/azureAppServiceUtility')

await run()

async function run() {
  let failure
  try {
    const connection = tl.getInput('ConnectedServiceName', true)
    const name = tl.getInput('WebAppName', true)
    const group = tl.getInput('ResourceGroupName', false)
    const sourceSlot = tl.getInput('SourceSlot', false)
    const targetSlot = tl.getBoolInput('SwapWithProduction', false) ? 'production' : tl.getInput('TargetSlot', false)
    const preserveVnet = tl.getBoolInput('PreserveVnet', false)
    const endpoint = await new AzureRMEndpoint(connection).getEndpoint()
    await new AzureAppService(endpoint, group, name, null).get(true)
    const source = new AzureAppService(endpoint, group, name, sourceSlot)
    const target = new AzureAppService(endpoint, group, name, targetSlot)
    await warmUp(source, target)
    await source.swap(targetSlot, preserveVnet)
    console.log('The swap is done.')
  } catch (error) {
    failure = error
  } finally {
    dispose()
  }
  if (failure !== undefined) tl.setResult(tl.TaskResult.Failed, failure)
}

/** One request to each slot, whose end is not looked at. */
async function warmUp(source, target) {
  if (source.getSlot().toLowerCase() === target.getSlot().toLowerCase()) {
    throw new Error('The source slot and the target slot are the same.')
  }
  try {
    await Promise.all([source, target].map((slot) => new AzureAppServiceUtility(slot).pingApplication()))
  } catch (error) {
    tl.debug(`Failed to warm-up slots. Error: ${String(error)}`)
  }
}
