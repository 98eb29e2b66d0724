/*
 * What `doctor` checks, in the order in which a batch needs it. A check changes nothing, except for
 * one file in the storage that it removes again.
 */
import type { AppContext } from '../../app/app-context.ts';
import { isLiveTarget } from '../../app/target.ts';
import { missingKeysOf } from '../../gateway/gateway-settings.ts';
import { probeGateway, type UnreachableCause } from '../../gateway/reachability.ts';
import { describeMode } from '../output/preview-text.ts';
import type { Check } from './doctor-check.ts';
import { checkKey, checkRetention, checkStorage, hasStorage } from './doctor-storage.ts';
import { checkTemporal } from './doctor-temporal.ts';

const gatewayTimeoutMs = 5_000;
/** The Date header has whole seconds and takes time to arrive. Send intents allow five seconds. */
const clockSlackMs = 3_000;
/** Beyond this, workers on several machines treat each other's open send intents as overdue. */
const clockLimitMs = 60_000;
const dayMs = 86_400_000;

/** Runs all checks. `isLiveAsked`: `--live` was given. */
export async function checkContext(context: AppContext, isLiveAsked: boolean): Promise<Check[]> {
  const isLive = isLiveTarget(context.config, isLiveAsked);
  const storage = await checkStorage(context);
  const isStorageUsable = storage.status !== 'fail' && (await hasStorage(context));
  return [
    checkSettings(context, isLive),
    ...(await checkGateway(context)),
    storage,
    await checkKey(context),
    ...(isStorageUsable ? [await checkRetention(context)] : []),
    ...(await checkTemporal(context, isLive, isStorageUsable)),
  ];
}

function checkSettings({ config }: AppContext, isLive: boolean): Check {
  const { provider, gatewayKeys } = config;
  const missing = missingKeysOf(provider, gatewayKeys);
  const text = `${config.baseUrl.url}, account "${config.account}", ${describeMode(isLive)}`;
  return missing.length === 0
    ? { name: 'settings', status: 'ok', text }
    : {
        name: 'settings',
        status: 'fail',
        text: `${text}; ${missing.join(' and ')} not set`,
        remedy: `Set ${missing.join(' and ')}. Values are ${provider.settings.keysHint}`,
      };
}

/** What is wrong, and what to do about it. */
function describeUnreachable(cause: UnreachableCause, baseUrlName: string): readonly [string, string] {
  switch (cause) {
    case 'name':
      return ['its host name does not resolve', `Check ${baseUrlName} and DNS on this machine`];
    case 'refused':
      return ['it refuses the connection', `Check ${baseUrlName}. A simulator must be running`];
    case 'timeout':
      return [
        'it does not respond in time',
        'Check that this machine may connect to it (firewall, allow list)',
      ];
    case 'tls':
      return [
        'the TLS handshake fails',
        'Check the clock, and any proxy in between. For a private certificate authority, set NODE_EXTRA_CA_CERTS',
      ];
    case 'other':
      return ['it cannot be reached', 'Check the network of this machine'];
  }
}

async function checkGateway({ config }: AppContext): Promise<Check[]> {
  const found = await probeGateway(config.baseUrl.url, gatewayTimeoutMs);
  if (found.kind === 'unreachable') {
    const [text, remedy] = describeUnreachable(found.cause, config.provider.settings.baseUrl.name);
    return [{ name: 'gateway', status: 'fail', text: `${text} (${found.code})`, remedy }];
  }
  const { certificateEndsAt, gatewayTimeMs } = found;
  const days =
    certificateEndsAt === undefined ? undefined : (Date.parse(certificateEndsAt) - Date.now()) / dayMs;
  return [
    {
      name: 'gateway',
      status: days !== undefined && days < 7 ? 'warn' : 'ok',
      text:
        certificateEndsAt === undefined
          ? 'responds on this machine, without TLS'
          : `responds over TLS; its certificate is valid until ${certificateEndsAt.slice(0, 10)}`,
    },
    checkClock(gatewayTimeMs, Date.now()),
  ];
}

/** Compares the clock of this machine with the gateway's Date header. */
export function checkClock(gatewayTimeMs: number | undefined, nowMs: number): Check {
  if (gatewayTimeMs === undefined) {
    return { name: 'clock', status: 'warn', text: 'not checked: the gateway reports no time' };
  }
  const differenceMs = nowMs - gatewayTimeMs;
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (Math.abs(differenceMs) <= clockSlackMs) {
    return { name: 'clock', status: 'ok', text: "matches the gateway's" };
  }
  return {
    name: 'clock',
    status: Math.abs(differenceMs) > clockLimitMs ? 'fail' : 'warn',
    text: `is ${seconds} s ${differenceMs > 0 ? 'ahead of' : 'behind'} the gateway's`,
    remedy: 'Synchronize the clock of this machine with a time server (NTP)',
  };
}
