/**
 * The metrics of a server, as a scraper reads them.
 *
 * <p>In: {@link Meters} that the stack counts with. Out: the Prometheus text format over HTTP.
 * Thread: recording any, without waiting; the endpoint has one of its own.
 *
 * <p>Knows nothing of: what the numbers mean, exports, keys.
 *
 * <p>Start at: {@link MetricsEndpoint}. Tests: PrometheusTextTest, MetricsEndpointTest.
 */
package dev.keyslot.app.metrics;
