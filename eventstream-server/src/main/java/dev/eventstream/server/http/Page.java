package dev.eventstream.server.http;

import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.resource.ResourceFactory;

/**
 * Serves the demo page, the OpenAPI document and its reference page, with security headers that
 * permit only what these pages need.
 */
public final class Page extends Handler.Wrapper {
  public static final List<String> PATHS =
      List.of(
          "/",
          "/page.css",
          "/page.js",
          "/favicon.svg",
          "/openapi.json",
          "/reference",
          "/reference.css",
          "/reference.js");

  private static final String REFERENCE = "/reference";

  private static final HttpFields SECURITY =
      HttpFields.build()
          .put(
              "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                  + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                  + " frame-ancestors 'none'")
          .put("X-Content-Type-Options", "nosniff")
          .put("Referrer-Policy", "no-referrer")
          .put("Cross-Origin-Opener-Policy", "same-origin")
          .asImmutable();

  public Page() {
    ResourceHandler files = new ResourceHandler();
    files.setBaseResource(
        ResourceFactory.of(files).newClassLoaderResource("dev/eventstream/server/page/"));
    files.setWelcomeFiles("index.html");
    files.setDirAllowed(false);
    files.setEtags(true);
    files.setCacheControl("no-cache");
    setHandler(files);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    response.getHeaders().add(SECURITY);
    Request asked = request;
    if (Request.getPathInContext(request).equals(REFERENCE)) {
      HttpURI file = HttpURI.build(request.getHttpURI()).path(REFERENCE + ".html");
      asked = Request.serveAs(request, file);
    }
    return super.handle(asked, response, callback);
  }
}
