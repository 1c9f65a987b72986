// The state service: function app, its identity and roles, its storage, and the Event Grid topic that tells it of orchestrations.
//   az deployment group create -g <group> -f state-service/infra/main.bicep -p <parameters>
// Whoever deploys it needs Owner, or Contributor and User Access Administrator, on this resource group and on those that are
// watched. Where every group that is watched has a lookRoleDefinitionId, Contributor and Role Based Access Control Administrator
// do: that one may assign roles, but not make them (learn: role-based-access-control/built-in-roles/privileged).
targetScope = 'resourceGroup'

@description('Name of the function app; part of its address.')
@minLength(2)
@maxLength(43)
param name string

param location string = resourceGroup().location

type watchedApp = {
  name: string
  @description('The app setting that names the task hub; TaskHubName where not given.')
  taskHubSetting: string?
  @description('The app setting that names the storage account of the hub; AzureWebJobsStorage where not given.')
  storageSetting: string?
}

type watchedGroup = {
  @description('This subscription where not given.')
  subscriptionId: string?
  resourceGroup: string
  apps: watchedApp[]
  @description('Resource id of a role that lets the service look at the apps, for who may make no custom role: /subscriptions/…/providers/Microsoft.Authorization/roleDefinitions/…. It has to be assignable in this resource group, and to hold the actions that are in read-access.bicep. Not given: a custom role is made.')
  lookRoleDefinitionId: string?
  @description('Accounts of this resource group with task hubs that the apps reach with an identity. With a key in the settings of the app the service reads with that, and the account need not be named.')
  hubStorageAccounts: string[]
}

@description('What is watched, by resource group.')
@minLength(1)
param watched watchedGroup[]

@description('Keys as JSON, by name: {"gate":{"sha256":"…","scopes":["read"]}}. Give the SHA-256 of each key, so that no key is kept here; or a Key Vault reference to such a text. Empty: no keys. Without keys, and without entraAudience and entraCallers, this deploys without an error, but nobody could call the service: it does not start, and answers every request with an error.')
@secure()
param serviceKeys string = ''

@description('Audiences of tokens of Entra ID that are taken, apart by blanks: the Application ID URI, the client id. Needs entraCallers. Empty: no tokens.')
param entraAudience string = ''

@description('Who may call with a token, by object id: { "<object id>": ["read"] }. Of a program that is the object id of its service principal, not of its app registration. Needs entraAudience.')
param entraCallers object = {}

// Flex Consumption takes no less than 40 (learn: azure-functions/flex-consumption-plan#considerations, of 2025).
@description('How many instances there may be at most. Each function of the app scales by itself.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances for HTTP that are never stopped. 0: the first question after a quiet time waits for a start.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttpInstances int = 0

var unique = uniqueString(resourceGroup().id, name)
var eventQueueName = 'lifecycle-events'
var stateTableName = 'SafeDeploymentState'
var deploymentContainerName = 'deployment'

var watchedApps = flatten(map(
  watched,
  group => map(
    group.apps,
    app => union(app, {
      resourceGroup: group.resourceGroup
      subscriptionId: group.?subscriptionId ?? subscription().subscriptionId
    })
  )
))

// ---------------------------------------------------------------------------------------------------------------- storage

// Without keys: everybody comes with an identity and a role.
resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: take('dfstate${unique}', 24)
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource deploymentContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: deploymentContainerName
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource eventQueue 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: eventQueueName
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource stateTable 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' = {
  parent: tables
  name: stateTableName
}

// ------------------------------------------------------------------------------------------------------------------- logs

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 30
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

// ----------------------------------------------------------------------------------------------------------- function app

// Flex Consumption is the one serverless plan whose app needs no storage key at all: Consumption and Elastic Premium keep their
// content in a file share, which is mounted with one.
resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: '${name}-plan'
  location: location
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource functionApp 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'SystemAssignedIdentity'
          }
        }
      }
      runtime: {
        name: 'node'
        version: '22'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttpInstances == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReadyHttpInstances
          }
        ]
      }
    }
  }
  dependsOn: [
    deploymentContainer
  ]
}

// A deployment signs in with Entra ID; there is no publishing password.
resource noPublishingPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [for policy in ['scm', 'ftp']: {
  parent: functionApp
  name: policy
  properties: {
    allow: false
  }
}]

// After the roles, so that the first start already has them.
resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: functionApp
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
    AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
    AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
    AzureWebJobsStorage__credential: 'managedidentity'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD'
    // A delivery of events has 1 MB at most, anything else 16 KB; the host refuses what is larger than twice that unread.
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '2097152'
    // Of the service and, by its queue address, of the trigger that reads the events.
    StateStorage__tableServiceUri: storage.properties.primaryEndpoints.table
    StateStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
    StateTable: stateTableName
    WatchedApps: string(watchedApps)
    AzureSubscriptionId: subscription().subscriptionId
    ServiceKeys: serviceKeys
    EntraTenantId: empty(entraAudience) ? '' : tenant().tenantId
    EntraAudience: entraAudience
    EntraCallers: empty(entraCallers) ? '' : string(entraCallers)
    ArmUrl: environment().resourceManager
    EntraAuthorityUrl: environment().authentication.loginEndpoint
    StorageSuffix: environment().suffixes.storage
  }
  dependsOn: [
    ownStorage
    ownLogs
    stateTable
    eventQueue
  ]
}

// ------------------------------------------------------------------------------------------------------------------ roles

// Blobs: the package, and the leases by which the timer runs once. Queues: events, and those that could not be taken in. Tables:
// its documents.
var ownStorageRoles = [
  { name: 'Storage Blob Data Owner', id: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' }
  { name: 'Storage Queue Data Contributor', id: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' }
  { name: 'Storage Table Data Contributor', id: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' }
]

resource ownStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in ownStorageRoles: {
  name: guid(storage.id, functionApp.id, role.id)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
    principalId: functionApp.identity.principalId
    principalType: 'ServicePrincipal'
  }
}]

var ownLogsRole = { name: 'Monitoring Metrics Publisher', id: '3913510d-42f4-4e42-8a64-420c390055eb' }

resource ownLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, functionApp.id, ownLogsRole.id)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ownLogsRole.id)
    principalId: functionApp.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

module readAccess 'read-access.bicep' = [for (group, at) in watched: {
  name: 'read-access-${at}-${unique}'
  scope: resourceGroup(group.?subscriptionId ?? subscription().subscriptionId, group.resourceGroup)
  params: {
    principalId: functionApp.identity.principalId
    serviceId: functionApp.id
    apps: map(group.apps, app => app.name)
    storageAccounts: group.hubStorageAccounts
    roleDefinitionId: group.?lookRoleDefinitionId ?? ''
  }
}]

// ----------------------------------------------------------------------------------------------------------------- events

resource topic 'Microsoft.EventGrid/topics@2022-06-15' = {
  name: '${name}-events'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    // The Durable extension sends nothing else, and signs with a key of the topic.
    inputSchema: 'EventGridSchema'
    disableLocalAuth: false
    publicNetworkAccess: 'Enabled'
  }
}

var topicRole = { name: 'Storage Queue Data Message Sender', id: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a' }

resource topicMaySend 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(eventQueue.id, topic.id, topicRole.id)
  scope: eventQueue
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', topicRole.id)
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource toQueue 'Microsoft.EventGrid/topics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'state-service'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: [
        'orchestratorEvent'
      ]
    }
    deliveryWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: storage.id
          queueName: eventQueueName
          // What is older has been found by looking.
          queueMessageTimeToLiveInSeconds: 86400
        }
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
  dependsOn: [
    topicMaySend
    eventQueue
  ]
}

@description('Input stateServiceUrl of the tasks.')
output stateServiceUrl string = 'https://${functionApp.properties.defaultHostName}'

@description('Goes to extensions.durableTask.notifications.eventGrid.topicEndpoint of the host.json of each watched app.')
output topicEndpoint string = topic.properties.endpoint

output topicName string = topic.name
output functionAppName string = functionApp.name
output principalId string = functionApp.identity.principalId
