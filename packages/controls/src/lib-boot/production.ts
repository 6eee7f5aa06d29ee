import type { BootVariant, CheckContext } from '@greengate/contracts'

/** Variables by which runtimes and frameworks learn that they are in production, and what they want to read. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  APP_ENV: 'production',
  ENVIRONMENT: 'production',
  RAILS_ENV: 'production',
  RACK_ENV: 'production',
  FLASK_ENV: 'production',
  ASPNETCORE_ENVIRONMENT: 'Production',
  DOTNET_ENVIRONMENT: 'Production',
  SPRING_PROFILES_ACTIVE: 'production',
  GIN_MODE: 'release',
  MIX_ENV: 'prod',
}

/** The start as it is in production: every source of the environment lock says so, or the well-known variables that are set. */
export function productionVariant(context: CheckContext): Pick<BootVariant, 'env' | 'files'> {
  const lock = context.config.environmentLock
  const production = lock?.environments.find((name) => /^prod/i.test(name) || /^live$/i.test(name))
  if (lock && production !== undefined) return lockVariant(lock.sources, () => production)
  const declared = context.config.start?.env ?? {}
  return { env: Object.fromEntries(Object.entries(WELL_KNOWN).filter(([name]) => name in declared)) }
}

/** Environment and files in which each source of the lock names the environment that `of` gives it. */
export function lockVariant(
  sources: NonNullable<CheckContext['config']['environmentLock']>['sources'],
  of: (index: number) => string,
): Required<Pick<BootVariant, 'env' | 'files'>> {
  const env: Record<string, string> = {}
  const files: Record<string, string> = {}
  for (const [index, source] of sources.entries()) {
    if (source.kind === 'value') env[source.variable] = of(index)
    else {
      const name = `greengate-lock-${index}`
      files[name] = source.content.replaceAll('{environment}', of(index))
      env[source.variable] = `{workdir}/${name}`
    }
  }
  return { env, files }
}
