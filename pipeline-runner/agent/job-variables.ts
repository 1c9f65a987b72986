import { hostname } from 'node:os'

import type { Variables } from '../variables.ts'
import type { JobFolders, SystemSettings } from './job.ts'

const collection = 'https://dev.azure.com/local/'

/** Sets the predefined variables that a job of a build has on an agent; later ones may override them. */
export function setPredefinedVariables(variables: Variables, folders: JobFolders, system: SystemSettings): void {
  const uri = system.collectionUri ?? collection
  setAll(variables, {
    'Agent.BuildDirectory': folders.root,
    'Agent.HomeDirectory': folders.work,
    'Agent.Id': '1',
    'Agent.IsSelfHosted': '1',
    'Agent.JobName': 'Job',
    'Agent.JobStatus': 'Succeeded',
    'Agent.MachineName': hostname(),
    'Agent.Name': 'local',
    'Agent.OS': { win32: 'Windows_NT', darwin: 'Darwin' }[process.platform as string] ?? 'Linux',
    'Agent.OSArchitecture': process.arch.toUpperCase(),
    'Agent.RootDirectory': folders.work,
    'Agent.TempDirectory': folders.temp,
    'Agent.ToolsDirectory': folders.tools,
    'Agent.Version': '4.278.0',
    'Agent.WorkFolder': folders.work,
    'Build.ArtifactStagingDirectory': folders.staging,
    'Build.BinariesDirectory': folders.binaries,
    'Build.BuildId': '1',
    'Build.BuildNumber': '1',
    'Build.DefinitionName': 'local',
    'Build.SourceBranch': 'refs/heads/main',
    'Build.SourceBranchName': 'main',
    'Build.SourcesDirectory': folders.sources,
    'Build.StagingDirectory': folders.staging,
    'System.ArtifactsDirectory': folders.staging,
    'System.CollectionId': '00000000-0000-4000-8000-0000000000c0',
    'System.CollectionUri': uri,
    'System.Culture': 'en-US',
    'System.DefaultWorkingDirectory': folders.sources,
    'System.DefinitionId': '1',
    'System.HostType': 'build',
    'System.JobAttempt': '1',
    'System.JobId': '00000000-0000-4000-8000-0000000000b0',
    'System.PlanId': '00000000-0000-4000-8000-0000000000a0',
    'System.StageAttempt': '1',
    'System.TaskDefinitionsUri': uri,
    'System.TeamFoundationCollectionUri': uri,
    'System.TeamFoundationServerUri': uri,
    'System.TeamProject': 'local',
    'System.TeamProjectId': '00000000-0000-4000-8000-0000000000d0',
    'System.TimelineId': '00000000-0000-4000-8000-0000000000e0',
    'System.WorkFolder': folders.work,
    'System.OidcRequestUri': system.oidcRequestUri,
  })
  setAll(variables, { 'System.AccessToken': system.accessToken }, true)
  setAgentConfiguration(variables, system)
}

/** The agent's proxy and certificates, by the names azure-pipelines-task-lib reads (`getHttpProxyConfiguration`). */
function setAgentConfiguration(variables: Variables, { proxy, certificates }: SystemSettings): void {
  setAll(variables, {
    'Agent.ProxyUrl': proxy?.url,
    'Agent.ProxyUsername': proxy?.username,
    'Agent.ProxyBypassList': proxy?.bypass && JSON.stringify(proxy.bypass),
    'Agent.CAInfo': certificates?.caInfo,
    'Agent.ClientCert': certificates?.clientCert,
    'Agent.ClientCertKey': certificates?.clientCertKey,
    'Agent.ClientCertArchive': certificates?.clientCertArchive,
  })
  setAll(
    variables,
    { 'Agent.ProxyPassword': proxy?.password, 'Agent.ClientCertPassword': certificates?.clientCertPassword },
    true,
  )
}

function setAll(variables: Variables, values: Readonly<Record<string, string | undefined>>, secret = false): void {
  for (const [name, value] of Object.entries(values)) if (value !== undefined) variables.set(name, value, { secret })
}
