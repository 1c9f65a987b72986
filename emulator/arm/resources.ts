// Resources as ARM shows them. Shapes: the models of Microsoft.Web api-version 2025-05-01, the fields that tools read.
import type { FunctionInfo } from '../host/types.ts'
import type { FunctionApp } from '../function-app/function-app.ts'
import type { Slot } from '../function-app/slot.ts'
import type { SettingDifference } from '../function-app/sticky.ts'

export type Place = { readonly subscriptionId: string; readonly tenantId: string }

export function siteId(app: FunctionApp, { subscriptionId }: Place): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${app.resourceGroup}/providers/Microsoft.Web/sites/${app.name}`
}

const isApp = (slot: Slot) => slot.name === 'production'

export function slotId(app: FunctionApp, slot: Slot, place: Place): string {
  return isApp(slot) ? siteId(app, place) : `${siteId(app, place)}/slots/${slot.name}`
}

const typeOf = (slot: Slot) => (isApp(slot) ? 'Microsoft.Web/sites' : 'Microsoft.Web/sites/slots')

/** The app, or one of its slots. */
export function siteView(app: FunctionApp, slot: Slot, place: Place): unknown {
  const { hostName } = slot
  const farm = `/subscriptions/${place.subscriptionId}/resourceGroups/${app.resourceGroup}/providers/Microsoft.Web/serverfarms/${app.name}-plan`
  return {
    id: slotId(app, slot, place),
    name: isApp(slot) ? app.name : `${app.name}/${slot.name}`,
    type: typeOf(slot),
    kind: app.kind,
    location: app.location,
    tags: {},
    identity: { type: 'SystemAssigned', tenantId: place.tenantId, principalId: app.principalId },
    properties: {
      name: isApp(slot) ? app.name : `${app.name}(${slot.name})`,
      state: slot.state,
      hostNames: [hostName],
      repositorySiteName: app.name,
      usageState: 'Normal',
      enabled: true,
      enabledHostNames: [hostName],
      availabilityState: 'Normal',
      hostNameSslStates: [
        { name: hostName, sslState: 'Disabled', hostType: 'Standard' },
        { name: hostName, sslState: 'Disabled', hostType: 'Repository' },
      ],
      serverFarmId: farm,
      reserved: app.kind.includes('linux'),
      sku: app.sku,
      siteConfig: { numberOfWorkers: 1, alwaysOn: false },
      ...(app.sku === 'FlexConsumption' && { functionAppConfig: flexConfig() }),
      resourceGroup: app.resourceGroup,
      defaultHostName: hostName,
      httpsOnly: true,
      targetSwapSlot: slot.targetSwapSlot ?? null,
      slotSwapStatus: slot.slotSwapStatus ?? null,
      inProgressOperationId: app.running?.id ?? null,
    },
  }
}

function flexConfig(): unknown {
  return {
    runtime: { name: 'node', version: '20' },
    scaleAndConcurrency: { maximumInstanceCount: 100, instanceMemoryMB: 2048 },
    siteUpdateStrategy: { type: 'Recreate' },
  }
}

export function appSettingsView(app: FunctionApp, slot: Slot, place: Place): unknown {
  return {
    id: `${slotId(app, slot, place)}/config/appsettings`,
    name: 'appsettings',
    type: `${typeOf(slot)}/config`,
    location: app.location,
    properties: { ...slot.settings },
  }
}

export function slotConfigNamesView(app: FunctionApp, place: Place): unknown {
  return {
    id: `${siteId(app, place)}/config/slotConfigNames`,
    name: app.name,
    type: 'Microsoft.Web/sites/config',
    location: app.location,
    properties: {
      ...app.otherStickyNames,
      appSettingNames: app.stickySettings.length > 0 ? [...app.stickySettings] : null,
    },
  }
}

/** `diffRule` as users' logs of the call show it; the values are not documented. */
export function differenceView(app: FunctionApp, slot: Slot, place: Place): (difference: SettingDifference) => unknown {
  return ({ name, current, target, swapped }) => ({
    id: `${slotId(app, slot, place)}/slotsdiffs/${name}`,
    name,
    type: `${typeOf(slot)}/slotsdiffs`,
    properties: {
      level: swapped ? 'Information' : 'Warning',
      settingType: 'AppSetting',
      diffRule: swapped ? 'SettingsWillBeSwapped' : 'SettingsWillNotBeSwapped',
      settingName: name,
      valueInCurrentSlot: current ?? null,
      valueInTargetSlot: target ?? null,
      description: swapped ? 'The setting moves with the app.' : 'The setting stays with the slot.',
    },
  })
}

export function instanceView(app: FunctionApp, slot: Slot, place: Place): (name: string) => unknown {
  return (name) => ({
    id: `${slotId(app, slot, place)}/instances/${name}`,
    name,
    type: `${typeOf(slot)}/instances`,
    location: app.location,
    properties: { state: 'READY' },
  })
}

export function functionView(app: FunctionApp, slot: Slot, place: Place): (info: FunctionInfo) => unknown {
  const site = isApp(slot) ? app.name : `${app.name}/${slot.name}`
  return ({ name, triggerType, disabled }) => ({
    id: `${slotId(app, slot, place)}/functions/${name}`,
    name: `${site}/${name}`,
    type: `${typeOf(slot)}/functions`,
    location: app.location,
    properties: {
      name,
      function_app_id: null,
      href: `https://${slot.hostName}/admin/functions/${name}`,
      config: { name, disabled, bindings: [{ name: 'trigger', type: triggerType, direction: 'in' }] },
      invoke_url_template: triggerType === 'httpTrigger' ? `https://${slot.hostName}/api/${name}` : '',
      language: 'node',
      isDisabled: disabled,
    },
  })
}
