package io.torii.engine.result;

/** A fetch in a direction that no result of ours can go. */
public class UnsupportedFetchException extends Exception {

  private static final long serialVersionUID = 1L;
  private static final String[] ORIENTATIONS = {
    "FETCH_NEXT", "FETCH_PRIOR", "FETCH_RELATIVE", "FETCH_ABSOLUTE", "FETCH_FIRST", "FETCH_LAST"
  };

  public UnsupportedFetchException(String message) {
    super(message);
  }

  static UnsupportedFetchException of(int orientation) {
    boolean known = orientation >= 0 && orientation < ORIENTATIONS.length;
    String name = known ? ORIENTATIONS[orientation] : String.valueOf(orientation);
    return new UnsupportedFetchException("The fetch type " + name + " is not supported for this resultset");
  }

  public String sqlState() {
    return "HY106";
  }
}
