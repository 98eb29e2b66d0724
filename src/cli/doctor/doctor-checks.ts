/* What `doctor` looks at, in the order in which a batch needs it. No check changes anything but a file that it removes again. */

import type { AppContext } from '../../app/app-context.ts';
import { isLiveTarget } from '../../app/target.ts';
import { probeGateway } from '../../gateway/reachability.ts';
import { describeMode } from '../output/preview-text.ts';
import { type Check, isNotMadeYet } from './doctor-check.ts';
import { checkKey, checkRetention, checkStorage } from './doctor-storage.ts';
import { checkTemporal } from './doctor-temporal.ts';

const gatewayTimeoutMs = 5_000;
/** The Date header has whole seconds, and comes some way; the deadlines of intents have five seconds of slack. */
const clockSlackMs = 3_000;
/** Beyond it, workers on several machines would take each other's open intents for overdue ones. */
const clockLimitMs = 60_000;
const dayMs = 86_400_000;
/** Looks at everything, in the order in which it is needed. */
export async function checkPlace(context: AppContext, isLiveAsked: boolean): Promise<Check[]> {
  const isLive = isLiveTarget(context.config, isLiveAsked);
  const storage = await checkStorage(context);
  return [
    checkSettings(context, isLive),
    ...(await checkGateway(context)),
    storage,
    await checkKey(context),
    ...(storage.status === 'fail' || isNotMadeYet(storage) ? [] : [await checkRetention(context)]),
    ...(await checkTemporal(context, isLive, storage)),
  ];
}

function checkSettings({ config }: AppContext, isLive: boolean): Check {
  const missing = [
    ...(config.authorization === undefined ? ['PAYMENT_OPTIONS_AUTHORIZATION'] : []),
    ...(config.apiKey === undefined ? ['PAYMENT_OPTIONS_X_API_KEY'] : []),
  ];
  const text = `${config.baseUrl.url}, account "${config.account}", ${describeMode(isLive)}`;
  return missing.length === 0
    ? { name: 'settings', status: 'ok', text }
    : {
        name: 'settings',
        status: 'fail',
        text: `${text}; ${missing.join(' and ')} not set`,
        remedy: `Set ${missing.join(' and ')}: they are sent exactly as given, e.g. "Basic KEY"`,
      };
}

const unreachable = {
  name: ['its name is not known', 'Check PAYMENT_OPTIONS_BASE_URL and the name server of this machine'],
  refused: ['it refuses the connection', 'Check PAYMENT_OPTIONS_BASE_URL; a simulator must be running'],
  timeout: ['it does not answer in time', 'Check that this machine may connect to it (firewall, allow-list)'],
  tls: [
    'the TLS handshake fails',
    'Check the clock, and whether a proxy stands between; set NODE_EXTRA_CA_CERTS for an authority of your own',
  ],
  other: ['it cannot be reached', 'Check the network of this machine'],
} as const;

async function checkGateway({ config }: AppContext): Promise<Check[]> {
  const found = await probeGateway(config.baseUrl.url, gatewayTimeoutMs);
  if (found.kind === 'unreachable') {
    const [text, remedy] = unreachable[found.cause];
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
          ? 'answers, without TLS, on this machine'
          : `answers; TLS works, its certificate is valid until ${certificateEndsAt.slice(0, 10)}`,
    },
    checkClock(gatewayTimeMs, Date.now()),
  ];
}

/** Compares the clock of this machine with the gateway's. */
export function checkClock(gatewayTimeMs: number | undefined, nowMs: number): Check {
  if (gatewayTimeMs === undefined) {
    return { name: 'clock', status: 'warn', text: 'cannot be compared: the gateway tells no time' };
  }
  const differenceMs = nowMs - gatewayTimeMs;
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (Math.abs(differenceMs) <= clockSlackMs) {
    return { name: 'clock', status: 'ok', text: "agrees with the gateway's" };
  }
  return {
    name: 'clock',
    status: Math.abs(differenceMs) > clockLimitMs ? 'fail' : 'warn',
    text: `is ${seconds} s ${differenceMs > 0 ? 'ahead of' : 'behind'} the gateway's`,
    remedy: 'Let this machine take its time from a time server (NTP)',
  };
}
