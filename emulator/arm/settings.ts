// App settings and the names that stay with the slot.
// learn.microsoft.com/rest/api/appservice/web-apps/update-application-settings and .../update-slot-configuration-names
import { isObject, json, readObject } from '../http/call.ts'
import type { SlotHandler } from './context.ts'
import { armError, webError } from './errors.ts'
import { appSettingsView, slotConfigNamesView } from './resources.ts'

export const listAppSettings: SlotHandler = ({ app, slot, options }) =>
  json(200, appSettingsView(app, slot, options.place))

/** Replaces the whole set and restarts the slot. */
export const putAppSettings: SlotHandler = ({ call, app, slot, options }) => {
  app.requireNotPrepared(slot)
  const properties = readObject(call.body)?.['properties']
  if (!isObject(properties))
    return armError(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.')
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value !== 'string') {
      return webError({
        status: 400,
        code: 'BadRequest',
        message: `The parameter properties has an invalid value: '${name}' is no string.`,
        extendedCode: undefined,
      })
    }
    if (app.kind.includes('linux') && !/^[A-Za-z0-9_.]+$/.test(name)) return notAllowed(name)
    settings[name] = value
  }
  slot.replaceSettings(settings)
  app.record('restart', slot)
  // Azure answers before the restart is done.
  void slot.restart()
  return { ...json(200, appSettingsView(app, slot, options.place)), effect: true }
}

export const getSlotConfigNames: SlotHandler = ({ app, options }) => json(200, slotConfigNamesView(app, options.place))

/** Of an app on Linux (azure-functions-python-worker #1308, Azure-Functions #1851). */
function notAllowed(name: string) {
  const message = `AppSetting with name '${name}' is not allowed.`
  return webError({ status: 400, code: 'BadRequest', message, extendedCode: undefined })
}

const lists = ['appSettingNames', 'connectionStringNames', 'azureStorageConfigNames'] as const

/** Replaces all lists: one that is absent from the body is empty afterwards. Nothing restarts. */
export const putSlotConfigNames: SlotHandler = ({ call, app, slot, options }) => {
  app.requireNotPrepared(slot)
  const properties = readObject(call.body)?.['properties']
  if (!isObject(properties))
    return armError(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.')
  const given = lists.map((name) => [name, properties[name] ?? null] as const)
  const wrong = given.find(([, names]) => names !== null && !isTextList(names))
  if (wrong) return armError(400, 'InvalidRequestContent', `'${wrong[0]}' must be a list of strings.`)
  const [appSettings, connectionStringNames, azureStorageConfigNames] = given.map(([, names]) =>
    isTextList(names) && names.length > 0 ? names : null,
  )
  app.stickySettings = appSettings ?? []
  app.otherStickyNames = {
    connectionStringNames: connectionStringNames ?? null,
    azureStorageConfigNames: azureStorageConfigNames ?? null,
  }
  return { ...json(200, slotConfigNamesView(app, options.place)), effect: true }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
