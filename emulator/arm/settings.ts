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
    settings[name] = value
  }
  slot.replaceSettings(settings)
  app.record('restart', slot)
  // Azure answers before the restart is done.
  void slot.restart()
  return { ...json(200, appSettingsView(app, slot, options.place)), effect: true }
}

export const getSlotConfigNames: SlotHandler = ({ app, options }) => json(200, slotConfigNamesView(app, options.place))

/** Lists that are absent from the body stay; nothing restarts. */
export const putSlotConfigNames: SlotHandler = ({ call, app, slot, options }) => {
  app.requireNotPrepared(slot)
  const properties = readObject(call.body)?.['properties']
  if (!isObject(properties))
    return armError(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.')
  const names = properties['appSettingNames']
  if (
    names !== undefined &&
    names !== null &&
    !(Array.isArray(names) && names.every((name) => typeof name === 'string'))
  ) {
    return armError(400, 'InvalidRequestContent', "'appSettingNames' must be a list of strings.")
  }
  if (Array.isArray(names)) app.stickySettings = names
  return { ...json(200, slotConfigNamesView(app, options.place)), effect: true }
}
