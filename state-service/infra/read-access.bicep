// What the state service may read in one resource group that it watches. A file of its own, because what is deployed to another
// resource group than main.bicep's has to be a module (Bicep diagnostic BCP139), and a module is a file; main.bicep brings it
// along.
targetScope = 'resourceGroup'

@description('Object id of the identity of the service.')
param principalId string

@description('Resource id of the service, for names that stay the same.')
param serviceId string

@description('Function apps of this resource group.')
param apps string[]

@description('Storage accounts of this resource group that hold task hubs and are reached with an identity.')
param storageAccounts string[]

@description('Resource id of a role to look at the apps with. Empty: one is made here.')
param roleDefinitionId string

// Exactly what one look at an app asks for (core/azure/arm/look.ts): a test compares the two. Listing settings shows all of them,
// with the secrets that are in them: Azure has no narrower permission.
resource lookAtApps 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!empty(apps) && empty(roleDefinitionId)) {
  name: guid(resourceGroup().id, 'durable-functions-state-service')
  properties: {
    roleName: 'Durable Functions state service: look at apps of ${resourceGroup().name} (${uniqueString(resourceGroup().id)})'
    description: 'Reads function apps, their slots and their settings. Changes nothing.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Web/sites/read'
          'Microsoft.Web/sites/slots/read'
          'Microsoft.Web/sites/config/read'
          'Microsoft.Web/sites/config/list/action'
          'Microsoft.Web/sites/slots/config/list/action'
        ]
        notActions: []
      }
    ]
    assignableScopes: [
      resourceGroup().id
    ]
  }
}

var lookRoleId = empty(roleDefinitionId) ? lookAtApps.id : roleDefinitionId

resource watchedApps 'Microsoft.Web/sites@2024-04-01' existing = [for app in apps: {
  name: app
}]

// On the app, which holds for its slots too.
resource mayLook 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (app, at) in apps: {
  name: guid(watchedApps[at].id, serviceId, lookRoleId)
  scope: watchedApps[at]
  properties: {
    roleDefinitionId: lookRoleId
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]

var hubReaderRoles = [
  { name: 'Storage Blob Data Reader', id: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' }
  { name: 'Storage Queue Data Reader', id: '19e7f393-937e-4f77-808e-94535e297925' }
  { name: 'Storage Table Data Reader', id: '76199698-9eea-4c19-bc75-cec21354c6b6' }
]
var hubReaders = flatten(map(storageAccounts, account => map(hubReaderRoles, role => { account: account, role: role.id })))

resource accounts 'Microsoft.Storage/storageAccounts@2023-05-01' existing = [for each in hubReaders: {
  name: each.account
}]

resource mayReadHubs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (each, at) in hubReaders: {
  name: guid(accounts[at].id, serviceId, each.role)
  scope: accounts[at]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', each.role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]
