import { days, defineProject, email, hours, minutes, pagerDuty, seconds, slack, webhook } from 'tocsin';

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
      secretsDirectory: '/etc/alertmanager/secrets',
    },
    // The same programs started from local binaries.
    local: {
      externalLabels: { environment: 'local' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      secretsDirectory: 'secrets',
    },
  },
  severities: {
    critical: { title: 'The system is unavailable, or data is at risk', respondWithin: minutes(15), color: 'red' },
    high: { title: 'Users notice a slower or failing system', respondWithin: hours(1), color: 'orange' },
    warning: { title: 'A value is on its way to hurting users', respondWithin: minutes(30), color: 'yellow' },
    medium: { title: 'A value comes near its limit', respondWithin: hours(4), color: 'blue' },
    low: { title: 'Something to look at in working hours', respondWithin: 'next-business-day', color: 'purple' },
    info: { title: 'For the daily review; tells nobody', respondWithin: 'review', color: 'green' },
  },
  receivers: {
    'platform-pager': pagerDuty({ routingKeyFile: 'platform-pagerduty.key' }),
    'critical-alerts': slack({ channel: '#critical-alerts', apiUrlFile: 'slack.url' }),
    // Text messages and incident tickets go through the team's own gateways.
    'on-call-sms': webhook({ url: 'http://sms-gateway.internal:8080/alerts', bearerTokenFile: 'sms.token' }),
    'incident-tickets': webhook({ url: 'http://tickets.internal:8080/incidents', bearerTokenFile: 'tickets.token' }),
    warnings: slack({ channel: '#warnings', apiUrlFile: 'slack.url' }),
    'on-call-mail': email({
      to: 'on-call@example.com',
      from: 'alerts@example.com',
      smarthost: 'smtp.example.com:587',
      username: 'alerts',
      passwordFile: 'smtp.password',
    }),
    'events-pager': pagerDuty({ routingKeyFile: 'events-pagerduty.key' }),
    'engineering-lead': email({
      to: 'engineering-lead@example.com',
      from: 'alerts@example.com',
      smarthost: 'smtp.example.com:587',
      username: 'alerts',
      passwordFile: 'smtp.password',
    }),
    'product-team': slack({ channel: '#product-events', apiUrlFile: 'slack.url' }),
    'development-team': slack({ channel: '#dev-events', apiUrlFile: 'slack.url' }),
  },
  teams: {
    platform: {
      title: 'Platform',
      notify: {
        critical: {
          to: ['platform-pager', 'critical-alerts', 'on-call-sms', 'incident-tickets'],
          respondWithin: minutes(5),
          repeatEvery: hours(1),
        },
        warning: { to: ['warnings', 'on-call-mail'], repeatEvery: hours(4) },
      },
    },
    events: {
      title: 'Events',
      notify: {
        critical: { to: ['events-pager'], repeatEvery: hours(1) },
        high: { to: ['engineering-lead'] },
        medium: { to: ['product-team'] },
        low: { to: ['development-team'], repeatEvery: days(1) },
      },
    },
  },
  fallback: ['critical-alerts'],
});
