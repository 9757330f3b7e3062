package dev.eventstream.server;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The installed Chromium, without a window. */
public final class Chromium {
  private Chromium() {}

  /** Skips the test where there is no Chromium; fails it where tests are to be complete. */
  public static void require() {
    inPath("chromium");
    inPath("chromedriver");
  }

  /**
   * Starts one that talks to nobody but the test.
   *
   * @param profile an empty directory
   * @return the browser, to be quit
   */
  public static ChromeDriver open(Path profile) {
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(inPath("chromium"));
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
        "--user-data-dir=" + profile);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service = // ends when the browser quits
        new ChromeDriverService.Builder()
            .usingDriverExecutable(inPath("chromedriver"))
            .usingAnyFreePort()
            .build();
    return new ChromeDriver(service, options);
  }

  private static File inPath(String program) {
    Optional<Path> found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(directory -> Path.of(directory, program))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isEmpty()) {
      String message =
          program + " is not in the PATH; on Debian: apt-get install chromium chromium-driver";
      String ci = System.getenv("CI");
      if (ci != null && !ci.isEmpty()) {
        fail(message);
      }
      assumeTrue(false, message);
    }
    return found.orElseThrow().toFile();
  }
}
