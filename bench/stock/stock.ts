// The stock task's own code as it is published, beside ours only while a bench runs: installed on demand, never shipped.
import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const folder = import.meta.dirname

/** Its lock file, its packages once they are installed, and the driver with a task.json, which is run as a task is. */
export const stockFolder = folder

/**
 * Installs the exact versions of the lock file beside this one, where they are not installed yet.
 * @throws Error with npm's words where they cannot be had.
 */
export async function installStock(say: (text: string) => void): Promise<void> {
  const installed = join(folder, 'node_modules', '.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs)
    return
  say('installing the published code of the stock task')
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    await promisify(execFile)('npm', args, { cwd: folder, shell: process.platform === 'win32' })
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string }
    throw new Error(`The stock task's packages could not be installed:\n${stderr}`, { cause })
  }
}

/** What its entry file loads before it does anything (the imports of azureappservicemanage.ts that are in the two packages). */
export const stockModules = [
  'azure-pipelines-task-lib/task',
  'azure-pipelines-tasks-azure-arm-rest/azure-arm-endpoint',
  'azure-pipelines-tasks-azure-arm-rest/constants',
  'azure-pipelines-tasks-azure-arm-rest/azure-arm-app-service',
  'azure-pipelines-tasks-azure-arm-rest/azureAppServiceUtility',
  'azure-pipelines-tasks-azure-arm-rest/azure-arm-appinsights',
  'azure-pipelines-tasks-azure-arm-rest/azure-arm-app-service-kudu',
] as const
