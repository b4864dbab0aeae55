import { days, defineProject, email, hours, minutes, pagerDuty, seconds, slack, webhook } from 'tocsin';

const mail = (to: string) =>
  email({
    to,
    from: 'alerts@example.com',
    smarthost: 'smtp.example.com:587',
    username: 'alerts',
    passwordFile: 'smtp.password',
  });

export default defineProject({
  id: 'tocsin-examples',
  title: 'Tocsin examples',
  // What Debian 12 ships, so that the output is checked by the programs that will read it.
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(15),
  evaluationInterval: seconds(15),
  // Error budgets look back 30 days; docker-compose.yml says the same to Prometheus.
  retention: days(35),
  links: {
    runbooks: 'https://runbooks.example.com',
    grafana: 'http://localhost:3030',
  },
  environments: {
    // The containers of docker-compose.yml; the file names without a suffix.
    compose: {
      externalLabels: { environment: 'compose' },
      alertmanagers: ['alertmanager:9093'],
      prometheusUrl: 'http://prometheus:9090',
      inbox: { url: 'http://inbox:8025', smtp: 'inbox:8026' },
    },
    // The same programs started from local binaries.
    local: {
      externalLabels: { environment: 'local' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      inbox: { url: 'http://127.0.0.1:8025', smtp: '127.0.0.1:8026' },
    },
    // Where people are told: with the real addresses and secrets of the receivers below.
    production: {
      externalLabels: { environment: 'production' },
      alertmanagers: ['alertmanager-0.monitoring.internal:9093', 'alertmanager-1.monitoring.internal:9093'],
      prometheusUrl: 'http://prometheus.monitoring.internal:9090',
      secretsDirectory: '/etc/alertmanager/secrets',
    },
  },
  severities: {
    critical: { title: 'The system is unavailable, or data is at risk', respondWithin: minutes(15), color: 'red' },
    high: { title: 'Users notice a slower or failing system', respondWithin: hours(1), color: 'orange' },
    warning: { title: 'A value is on its way to hurting users', respondWithin: minutes(30), color: 'yellow' },
    medium: { title: 'A value comes near its limit', respondWithin: hours(4), color: 'blue' },
    low: { title: 'Something to look at in working hours', respondWithin: 'next-business-day', color: 'purple' },
    info: { title: 'For the daily review; wakes nobody', respondWithin: 'review', color: 'green' },
  },
  receivers: {
    'devops-lead-pager': pagerDuty({ routingKeyFile: 'devops-lead-pagerduty.key' }),
    'engineering-manager-pager': pagerDuty({ routingKeyFile: 'engineering-manager-pagerduty.key' }),
    'cto-pager': pagerDuty({ routingKeyFile: 'cto-pagerduty.key' }),
    'critical-alerts': slack({ channel: '#critical-alerts', apiUrlFile: 'slack.url' }),
    // Text messages and incident tickets go through the team's own gateways.
    'on-call-sms': webhook({ url: 'http://sms-gateway.internal:8080/alerts', bearerTokenFile: 'sms.token' }),
    'incident-tickets': webhook({ url: 'http://tickets.internal:8080/incidents', bearerTokenFile: 'tickets.token' }),
    warnings: slack({ channel: '#warnings', apiUrlFile: 'slack.url' }),
    'daily-review': slack({ channel: '#daily-review', apiUrlFile: 'slack.url' }),
    'on-call-mail': mail('on-call@example.com'),
    'devops-lead-mail': mail('devops-lead@example.com'),
    'engineering-manager-mail': mail('engineering-manager@example.com'),
    'events-pager': pagerDuty({ routingKeyFile: 'events-pagerduty.key', escalationPolicy: 'Events on call' }),
    'engineering-lead': mail('engineering-lead@example.com'),
    'product-team': slack({ channel: '#product-events', apiUrlFile: 'slack.url' }),
    'development-team': slack({ channel: '#dev-events', apiUrlFile: 'slack.url' }),
    'content-alerts': slack({ channel: '#alerts', apiUrlFile: 'slack.url' }),
    'content-ops': mail('contentmax-ops@example.com'),
    'content-pager': pagerDuty({ routingKeyFile: 'content-pagerduty.key' }),
    'networx-pager': pagerDuty({ routingKeyFile: 'networx-pagerduty.key' }),
    'networx-alerts': slack({ channel: '#networx-alerts', apiUrlFile: 'slack.url' }),
    'networx-lead': mail('networx-lead@example.com'),
    'node0-pager': pagerDuty({ routingKeyFile: 'node0-pagerduty.key' }),
    'node0-alerts': slack({ channel: '#bizra-node0', apiUrlFile: 'slack.url' }),
    // A service outside of everything watched here: it raises the alarm when the heartbeat stops.
    'dead-man': webhook({ url: 'http://dead-man.internal:8080/heartbeat', bearerTokenFile: 'dead-man.token' }),
  },
  timeIntervals: {
    'working-hours': {
      timeZone: 'Europe/Berlin',
      spans: [{ weekdays: ['monday:friday'], times: [{ from: '08:00', to: '18:00' }] }],
    },
    'first-sunday-night': {
      timeZone: 'Europe/Berlin',
      spans: [{ weekdays: ['sunday'], daysOfMonth: ['1:7'], times: [{ from: '02:00', to: '04:00' }] }],
    },
  },
  teams: {
    platform: {
      title: 'Platform',
      roles: {
        'on-call-engineer': { title: 'On-call engineer', to: ['on-call-mail'] },
        'devops-lead': { title: 'DevOps lead', to: ['devops-lead-pager'] },
        'engineering-manager': { title: 'Engineering manager', to: ['engineering-manager-pager'] },
        cto: { title: 'CTO', to: ['cto-pager'] },
        // A warning wakes nobody: the same people, by mail.
        'devops-lead-by-mail': { title: 'DevOps lead', to: ['devops-lead-mail'] },
        'engineering-manager-by-mail': { title: 'Engineering manager', to: ['engineering-manager-mail'] },
      },
      notify: {
        critical: {
          to: ['devops-lead', 'critical-alerts', 'on-call-sms', 'incident-tickets'],
          then: [
            { after: minutes(5), to: ['engineering-manager'] },
            { after: minutes(15), to: ['cto'] },
          ],
          respondWithin: minutes(5),
          repeatEvery: hours(1),
        },
        warning: {
          to: ['on-call-engineer', 'warnings'],
          then: [
            { after: minutes(30), to: ['devops-lead-by-mail'] },
            { after: hours(2), to: ['engineering-manager-by-mail'] },
          ],
          repeatEvery: hours(4),
        },
        // A list in the morning, of what still goes on; nothing at night.
        info: {
          to: ['daily-review'],
          hours: { during: 'working-hours', otherwise: [] },
          repeatEvery: days(1),
        },
      },
    },
    events: {
      title: 'Events',
      roles: {
        'on-call-engineer': { title: 'On-call engineer', to: ['events-pager'] },
        'team-lead': { title: 'Engineering team lead', to: ['engineering-lead'] },
        product: { title: 'Product team', to: ['product-team'] },
        development: { title: 'Development team', to: ['development-team'] },
      },
      notify: {
        critical: {
          to: ['on-call-engineer'],
          then: [{ after: minutes(15), to: ['team-lead'] }],
          repeatEvery: hours(1),
        },
        high: { to: ['team-lead'] },
        medium: { to: ['product'] },
        // The next business day: a message at night waits until somebody works.
        low: {
          to: ['development'],
          hours: { during: 'working-hours', otherwise: [] },
          repeatEvery: days(1),
        },
      },
    },
    content: {
      title: 'Content',
      // Critical goes to every channel, a warning to those that take warnings: all but the pager.
      notify: {
        critical: { to: ['content-pager', 'content-alerts', 'content-ops'], repeatEvery: hours(1) },
        warning: { to: ['content-alerts', 'content-ops'], repeatEvery: hours(4) },
      },
    },
    optimization: {
      title: 'Optimization',
      roles: {
        'on-call-engineer': { title: 'On-call engineer', to: ['networx-pager'] },
        'team-lead': { title: 'Team lead', to: ['networx-lead'] },
      },
      notify: {
        // The subscribers of the topic that every alarm of the seed goes to.
        critical: {
          to: ['on-call-engineer', 'networx-alerts'],
          then: [{ after: minutes(15), to: ['team-lead'] }],
          repeatEvery: hours(1),
        },
        warning: { to: ['networx-alerts'], then: [{ after: hours(1), to: ['team-lead'] }], repeatEvery: hours(4) },
      },
    },
    node: {
      title: 'Node',
      roles: { 'on-call-engineer': { title: 'On-call engineer', to: ['node0-pager'] } },
      notify: {
        critical: { to: ['on-call-engineer', 'node0-alerts'], repeatEvery: hours(1) },
        warning: { to: ['node0-alerts'], repeatEvery: hours(4) },
        // A trend: somebody looks at it on the next working day.
        low: {
          to: ['node0-alerts'],
          hours: { during: 'working-hours', otherwise: [] },
          repeatEvery: days(1),
        },
      },
    },
  },
  heartbeat: { to: ['dead-man'], every: minutes(5) },
  maintenance: {
    'postgres-upgrades': {
      title: 'PostgreSQL is upgraded',
      systems: ['migrated-components'],
      during: 'first-sunday-night',
    },
  },
  fallback: ['critical-alerts'],
});
