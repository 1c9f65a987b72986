import type { RunIdentity } from '../../core/record/record.ts'

/** Who runs, from the agent's predefined variables: a build, or a stage of a release. */
export function runIdentityOf(variable: (name: string) => string | undefined): RunIdentity {
  const project = variable('System.TeamProject') ?? ''
  const collection = variable('System.TeamFoundationCollectionUri') ?? variable('System.CollectionUri') ?? ''
  const release = variable('Release.ReleaseId')
  if (release) {
    return {
      run: `${variable('Release.ReleaseName') ?? release}, ${variable('Release.EnvironmentName') ?? 'stage'}, attempt ${variable('Release.AttemptNumber') ?? '1'}`,
      project,
      link: variable('Release.ReleaseWebURL') ?? '',
    }
  }
  const build = variable('Build.BuildId') ?? ''
  const link =
    collection && project && build ? `${collection}${encodeURIComponent(project)}/_build/results?buildId=${build}` : ''
  return { run: variable('Build.BuildNumber') ?? build, project, link }
}
